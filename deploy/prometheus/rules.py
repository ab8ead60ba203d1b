"""The rules of the source file: read, given addresses of their runbooks, and written in the form that is wanted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml

SOURCE = Path(__file__).with_name("informer-exporter.rules.yaml")
RUNBOOKS = "docs/runbooks"
"""Where the source says that the runbooks are: in this repository."""

Rule: TypeAlias = dict[str, Any]

_RUNBOOK = re.compile(rf"(?<=runbook_url: ){re.escape(RUNBOOKS)}(?=/)")
_HEAD = (
    "# Made by `python -m deploy.prometheus prometheusrule` of informer-exporter.rules.yaml, where the comments are.\n"
)


def source(runbooks: str = RUNBOOKS) -> str:
    """Give the source, comments included, with runbooks below another address."""
    address = runbooks.rstrip("/")
    return _RUNBOOK.sub(lambda _: address, SOURCE.read_text(encoding="utf-8"))


def groups(text: str) -> list[dict[str, Any]]:
    """Give the groups of a rules file."""
    found: list[dict[str, Any]] = yaml.safe_load(text)["groups"]
    return found


def alerts(text: str) -> Iterator[Rule]:
    """Give the alerts of a rules file, in order; a name may come twice, with another severity."""
    return (rule for group in groups(text) for rule in group["rules"] if "alert" in rule)


def prometheusrule(text: str) -> str:
    """Give a rules file as a PrometheusRule, the form of the Prometheus operator."""
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "informer-exporter", "labels": {"app.kubernetes.io/name": "informer-exporter"}},
        "spec": {"groups": groups(text)},
    }
    return _HEAD + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes expressions as they are in the source, line by line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
