"""Fixtures for the tests of the simulator."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.kubectl import programs
from tests.kubectl.programs import Missing


@pytest.fixture(scope="session")
def kubectl_programs(pytestconfig: pytest.Config) -> Mapping[str, Path]:
    """Every kubectl by its version, fetched now if need be."""
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    try:
        return programs.find(lambda line: reporter.write_line(line) if reporter else None)
    except Missing as missing:
        if os.environ.get("REQUIRE_KUBECTL") == "1":
            pytest.fail(f"REQUIRE_KUBECTL=1, but {missing}")
        pytest.skip(str(missing))
