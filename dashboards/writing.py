"""The dashboards as files: JSON as Grafana imports it, the same bytes for the same code."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import crons, health, overview, templates
from dashboards.frame import HERE, Plan, build

FOLDER = Path(__file__).parent / "json"
"""Where they are checked in."""


def plans() -> tuple[Plan, ...]:
    """Give every dashboard, the one to begin with first."""
    return overview.plan(), templates.plan(), crons.plan(), health.plan()


def texts(exporter: str = HERE) -> Mapping[str, str]:
    """Give the text of each file by its name; ``exporter`` is the address of its page as browsers reach it."""
    return {f"{plan.uid}.json": _text(plan, exporter) for plan in plans()}


def write(folder: Path, exporter: str = HERE) -> list[Path]:
    """Write the files, and give their places."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / name: text for name, text in texts(exporter).items()}
    for file, text in files.items():
        file.write_text(text)
    return [*files]


def outdated(folder: Path) -> list[str]:
    """Name the files that are not what the code writes: missing, old, or of a dashboard that is no more."""
    wanted = texts()
    there = {file.name: file.read_text() for file in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _text(plan: Plan, exporter: str) -> str:
    return json.dumps(build(plan, exporter), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"
