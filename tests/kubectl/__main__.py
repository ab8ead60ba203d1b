"""Fetches every kubectl before the tests need it: ``python -m tests.kubectl fetch``."""

import sys

from tests import built
from tests.kubectl.programs import CACHE, find

if __name__ == "__main__":
    sys.exit(
        built.command(
            sys.argv[1:],
            "python -m tests.kubectl fetch",
            lambda log: f"kubectl {', '.join(find(log))} are in {CACHE}",
        )
    )
