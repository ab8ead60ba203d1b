"""Finds etcd and kube-apiserver, or builds them once from the Go modules beside this file."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import built
from tests.built import Log

HERE = Path(__file__).parent
CACHE = built.CACHE / "control-plane"
"""Where built programs are kept."""

PROGRESS_SECONDS = 15.0


class Missing(built.Missing):
    """No control plane can be run here; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The two programs that make a control plane."""

    etcd: Path
    apiserver: Path


@dataclass(frozen=True, slots=True)
class Program:
    """A program that can be built: its file name, its Go package, and the module that pins its version."""

    name: str
    package: str
    module: Path

    @property
    def binary(self) -> Path:
        """Where it is kept once built."""
        return CACHE / self.name

    @property
    def command(self) -> Sequence[str]:
        """How it is built, in the module's folder."""
        ldflags = f"-s -w {self._version_flags()}".strip()
        return ["go", "build", "-trimpath", f"-ldflags={ldflags}", "-o", f"{self.binary}.new", self.package]

    def fingerprint(self) -> str:
        """What the binary depends on, as one hash: versions, checksums, and the flags of the build."""
        parts = [(self.module / name).read_bytes() for name in ("go.mod", "go.sum")]
        return hashlib.sha256(b"\0".join([*parts, self._version_flags().encode()])).hexdigest()

    def is_current(self) -> bool:
        """Say whether it is built, from the versions that are wanted now."""
        return built.is_current(self.binary, self.fingerprint())

    def _version_flags(self) -> str:
        # Built by hand, a kube-apiserver calls itself v0.0.0, and clients warn about it.
        found = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\.\d+)", (self.module / "go.mod").read_text())
        if found is None:
            return ""
        values = {"gitVersion": found[1], "gitMajor": found[2], "gitMinor": found[3]}
        return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())


PROGRAMS = (
    Program("etcd", "go.etcd.io/etcd/server/v3", HERE / "etcd"),
    Program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", HERE / "apiserver"),
)
BUILT = Binaries(*(program.binary for program in PROGRAMS))


def find(environment: Mapping[str, str], log: Log) -> Binaries:
    """Give the programs that KUBEBUILDER_ASSETS names, or our own, built now if they are not yet.

    Raises:
        Missing: KUBEBUILDER_ASSETS names a folder without them; or they are not built and cannot be.
    """
    assets = environment.get("KUBEBUILDER_ASSETS")
    if assets:
        return _from_assets(Path(assets))
    return build(log)


def build(log: Log) -> Binaries:
    """Build what is not current, one process at a time, and give the programs.

    Raises:
        Missing: Go is not there, or the build failed.
    """
    if not all(program.is_current() for program in PROGRAMS):
        with built.alone(CACHE, log, "building the control plane"):
            for program in PROGRAMS:
                if not program.is_current():
                    _build(program, log)
    return BUILT


def _from_assets(folder: Path) -> Binaries:
    binaries = Binaries(folder / "etcd", folder / "kube-apiserver")
    absent = [path.name for path in (binaries.etcd, binaries.apiserver) if not os.access(path, os.X_OK)]
    if absent:
        raise Missing(f"KUBEBUILDER_ASSETS is {folder}, which has no {' and no '.join(absent)}")
    return binaries


def _build(program: Program, log: Log) -> None:
    if shutil.which("go") is None:
        raise Missing(f"{program.name} is not built and go is not installed")
    log(f"building {program.name} (minutes, if Go's build cache is cold)")
    output, started = CACHE / f"{program.name}.log", time.monotonic()
    with output.open("wb") as sink:
        going = subprocess.Popen(program.command, cwd=program.module, stdout=sink, stderr=subprocess.STDOUT)
        try:
            while (code := _wait(going)) is None:
                log(f"building {program.name}: {time.monotonic() - started:.0f} s so far")
        finally:
            going.kill()
    if code != 0:
        raise Missing(f"{program.name} could not be built:\n{output.read_text()[-2000:]}")
    built.put(Path(f"{program.binary}.new"), program.binary, program.fingerprint())
    log(f"built {program.name} in {time.monotonic() - started:.0f} s")


def _wait(going: "subprocess.Popen[bytes]") -> int | None:
    try:
        return going.wait(PROGRESS_SECONDS)
    except subprocess.TimeoutExpired:
        return None
