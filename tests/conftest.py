"""Fixtures for everyone: a real Kubernetes API server, shared by a run or private to a test, and kubectl."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Protocol

import pytest
from hypothesis import settings

from tests.controlplane import accounts, argo, kind
from tests.controlplane.binaries import Binaries, Missing, find
from tests.controlplane.cluster import Cluster
from tests.controlplane.plane import ControlPlane
from tests.kubectl import programs

# How long an example takes says something about the machine, not about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

CLUSTER_FIXTURES = {"control_plane", "control_plane_binaries"}


class StartControlPlane(Protocol):
    """Starts a control plane of a test's own; it ends with the test."""

    def __call__(self, *flags: str, etcd: Path | None = None) -> ControlPlane:
        """Start one with more flags for kube-apiserver, perhaps on another etcd; the Argo kinds are installed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster, so that ``-m "not cluster"`` is the quick run."""
    for item in items:
        if CLUSTER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def control_plane_programs(request: pytest.FixtureRequest) -> Binaries | Missing:
    """etcd and kube-apiserver, built now if need be; or what is missing for that."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")

    def log(line: str) -> None:
        # A build takes minutes; whoever waits should see it.
        if capture is not None and reporter is not None:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(line)

    try:
        return find(os.environ, log)
    except Missing as missing:
        return missing


@pytest.fixture(scope="session")
def control_plane_binaries(control_plane_programs: Binaries | Missing) -> Binaries:
    """etcd and kube-apiserver, for tests that start their own."""
    if isinstance(control_plane_programs, Missing):
        _give_up(f"no control plane of our own: {control_plane_programs}")
    return control_plane_programs


@pytest.fixture(scope="session")
def control_plane(
    control_plane_programs: Binaries | Missing, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A real cluster with the Argo kinds, shared by the run: change nothing in it but namespaces of your own."""
    directory = tmp_path_factory.mktemp("control-plane")
    with ExitStack() as running:
        if isinstance(control_plane_programs, Binaries):
            cluster: Cluster = running.enter_context(ControlPlane(control_plane_programs, directory))
        elif "KUBEBUILDER_ASSETS" not in os.environ and kind.is_available():
            cluster = running.enter_context(kind.kind_cluster(directory))
        else:
            _give_up(f"no control plane: {control_plane_programs}; nor a kind whose Docker runs")
        argo.install(cluster.admin)
        yield cluster


@pytest.fixture
def namespace(control_plane: Cluster) -> str:
    """A fresh namespace of the shared cluster."""
    return accounts.create_namespace(control_plane.admin, f"test-{secrets.token_hex(4)}")


@pytest.fixture
def start_control_plane(
    control_plane_binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartControlPlane]:
    """Start control planes of a test's own, to kill, to compact, or to run with other flags."""
    with ExitStack() as running:

        def start(*flags: str, etcd: Path | None = None) -> ControlPlane:
            binaries = replace(control_plane_binaries, etcd=etcd or control_plane_binaries.etcd)
            plane = ControlPlane(binaries, tmp_path_factory.mktemp("control-plane"), flags)
            running.enter_context(plane)
            argo.install(plane.admin)
            return plane

        yield start


@pytest.fixture(scope="session")
def kubectls(pytestconfig: pytest.Config) -> Mapping[str, Path]:
    """Every kubectl by its version, fetched now if need be."""
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    try:
        return programs.find(lambda line: reporter.write_line(line) if reporter else None)
    except programs.Missing as missing:
        if os.environ.get("REQUIRE_KUBECTL") == "1":
            pytest.fail(f"REQUIRE_KUBECTL=1, but {missing}")
        pytest.skip(str(missing))


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_CONTROL_PLANE") == "1":
        pytest.fail(f"REQUIRE_CONTROL_PLANE=1, but {reason}")
    pytest.skip(reason)
