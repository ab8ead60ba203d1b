"""Builds the programs of the control plane before the tests need them: ``python -m tests.controlplane build``."""

import sys

from tests import built
from tests.built import Log
from tests.controlplane.binaries import CACHE, build


def _build(log: Log) -> str:
    build(log)
    return f"the control plane is ready in {CACHE}"


if __name__ == "__main__":
    sys.exit(built.command(sys.argv[1:], "python -m tests.controlplane build", _build))
