"""Fetches every kubectl before the tests need it: ``python -m tests.kubectl fetch``."""

import sys

from tests.kubectl.programs import CACHE, Missing, find

USAGE = 2


def main(arguments: list[str]) -> int:
    """Do what is asked and give the exit code."""
    if arguments != ["fetch"]:
        _log("usage: python -m tests.kubectl fetch")
        return USAGE
    try:
        found = find(_log)
    except Missing as missing:
        _log(str(missing))
        return 1
    _log(f"kubectl {', '.join(found)} are in {CACHE}")
    return 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
