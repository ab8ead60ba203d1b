"""The programs of the Prometheus project that judge us, as the machine has them."""

import os
import shutil
from pathlib import Path

import pytest

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
"""The Debian package of each."""


class Missing(Exception):
    """A program is required and not there."""


def find(name: str) -> Path:
    """Give the path of a program; skip the test where it is missing and not required.

    Raises:
        Missing: it is not there, and REQUIRE_PROMETHEUS is set.
    """
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    reason = f"{name} is missing (Debian package: {PACKAGES[name]})"
    if os.environ.get("REQUIRE_PROMETHEUS"):
        raise Missing(reason)
    pytest.skip(reason)
