"""Builds the programs of the control plane before the tests need them: ``python -m tests.controlplane build``."""

import sys

from tests.controlplane.binaries import CACHE, Missing, build

USAGE = 2


def main(arguments: list[str]) -> int:
    """Do what is asked and give the exit code."""
    if arguments != ["build"]:
        _log("usage: python -m tests.controlplane build")
        return USAGE
    try:
        build(_log)
    except Missing as missing:
        _log(str(missing))
        return 1
    _log(f"the control plane is ready in {CACHE}")
    return 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
