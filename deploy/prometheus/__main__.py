"""``python -m deploy.prometheus rules|prometheusrule [--runbooks URL]``: prints the rules as they are deployed."""

import argparse
import sys
from collections.abc import Sequence

from deploy.prometheus import rules


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rules in the form that is asked for, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.prometheus", description=__doc__)
    parser.add_argument(
        "form", choices=("rules", "prometheusrule"), help="a rules file of Prometheus, or an object of its operator"
    )
    parser.add_argument(
        "--runbooks", metavar="URL", default=rules.RUNBOOKS, help="where the pages of docs/runbooks can be opened"
    )
    chosen = parser.parse_args(arguments)
    text = rules.source(chosen.runbooks)
    sys.stdout.write(text if chosen.form == "rules" else rules.prometheusrule(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
