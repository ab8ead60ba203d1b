"""Fixtures for asking a real API server and the program the same questions."""

from collections.abc import Iterator

import pytest

from tests.cluster.dialect import things
from tests.cluster.dialect.sides import Both, Side
from tests.cluster.program import Program
from tests.controlplane.cluster import Cluster


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
