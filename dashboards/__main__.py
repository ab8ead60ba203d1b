"""Writes, checks and draws the dashboards: ``python -m dashboards write|check|draw``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards import writing
from dashboards.frame import HERE

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked; the exit code is 1 where a check fails."""
    chosen = _parser().parse_args(arguments)
    match chosen.command:
        case "write":
            _say(*map(str, writing.write(chosen.folder, chosen.exporter)))
        case "check":
            return _check(chosen.folder)
        case "draw":
            from dashboards.drawing.draw import draw  # noqa: PLC0415 - needs a browser and what drives it

            _say(*map(str, draw(chosen.folder, prometheus=chosen.prometheus, minutes=chosen.minutes)))
    return 0


def _check(folder: Path) -> int:
    old = writing.outdated(folder)
    _say(*(f"{name} is not what the code writes: python -m dashboards write" for name in old))
    return 1 if old else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="write the JSON")
    write.add_argument("--folder", type=Path, default=writing.FOLDER, help="where to")
    write.add_argument("--exporter", default=HERE, help="the address of the exporter's page, for links to it")
    check = commands.add_parser("check", help="fail where the JSON is not what the code writes")
    check.add_argument("--folder", type=Path, default=writing.FOLDER, help="where it is")
    draw = commands.add_parser("draw", help="draw a picture of each from a demo, or from a Prometheus")
    draw.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures go")
    draw.add_argument("--prometheus", help="the address of one to ask; without it a demo is made and scraped")
    draw.add_argument("--minutes", type=float, default=10.0, help="how much time the pictures show")
    return parser


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
