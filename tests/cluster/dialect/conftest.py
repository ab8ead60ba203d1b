"""Fixtures for asking a real API server and the program the same questions."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cluster.dialect import things
from tests.cluster.dialect.sides import Both, Side
from tests.cluster.program import Program
from tests.controlplane.cluster import Cluster
from tests.kubectl import programs
from tests.kubectl.programs import Missing


@pytest.fixture(scope="module")
def real(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Side:
    """The real API server, with the odd workflows in it."""
    things.put(control_plane.admin)
    home = tmp_path_factory.mktemp("real")
    return Side(control_plane.url, home, control_plane.ca_file, control_plane.admin_token)


@pytest.fixture(scope="module")
def both(control_plane: Cluster, real: Side, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The real API server, and the program that has read all of it."""
    home = tmp_path_factory.mktemp("ours")
    with Program([f"--kubeconfig={control_plane.kubeconfig()}"], home / "program.log") as program:
        program.wait_live()
        host, port = program.address
        yield Both(real, Side(f"http://{host}:{port}", home))


@pytest.fixture(scope="session")
def kubectls(pytestconfig: pytest.Config) -> Mapping[str, Path]:
    """Every kubectl by its version, fetched now if need be."""
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    try:
        return programs.find(lambda line: reporter.write_line(line) if reporter else None)
    except Missing as missing:
        if os.environ.get("REQUIRE_KUBECTL") == "1":
            pytest.fail(f"REQUIRE_KUBECTL=1, but {missing}")
        pytest.skip(str(missing))
