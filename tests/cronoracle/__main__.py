"""Builds the cron oracle before the tests need it: ``python -m tests.cronoracle build``."""

import sys

from tests import built
from tests.built import Log
from tests.cronoracle.oracle import build


def _build(log: Log) -> str:
    return f"the cron oracle is ready: {build(log)}"


if __name__ == "__main__":
    sys.exit(built.command(sys.argv[1:], "python -m tests.cronoracle build", _build))
