"""``python -m deploy.chart write|manifests``: makes what in the chart follows from other files.

``values.yaml`` is the source of the chart's README and of its schema; the dashboards and the rules are copied into it,
since a chart can only hold what lies in its own folder; the manifests are the chart with its defaults.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
CHART = HERE / "helm" / "informer-exporter"
MANIFESTS = HERE / "manifests" / "informer-exporter.yaml"
NAME = "informer-exporter"
"""Of the release and of its namespace, in the manifests."""

COPIED = (*sorted((HERE.parent / "dashboards" / "json").glob("*.json")), HERE / "prometheus" / f"{NAME}.rules.yaml")

FREE = frozenset(
    {
        *("resources", "podSecurityContext", "securityContext", "livenessProbe", "readinessProbe"),
        *("dashboards.labels",),
    }
)
"""Values with defaults to which anything may be added: Kubernetes knows better than a chart what there may be."""

_README = """\
# The chart of informer-exporter

```console
helm install informer-exporter deploy/helm/informer-exporter --namespace informer-exporter --create-namespace \\
  --set image.repository=registry.example/informer-exporter
```

[How to install](../../../docs/install.md) tells the rest:
beside kube-prometheus-stack, with lookups, for some namespaces.

## Values

| value | default | what it is |
|---|---|---|
{rows}

---

This page and `values.schema.json` are made by `python -m deploy.chart write` from `values.yaml`.
"""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the chart that somebody may set."""

    path: tuple[str, ...]
    meaning: str
    default: Any


def values() -> list[Value]:
    """Read every value with its comment, in their order.

    Raises:
        ValueError: a value has no comment, or a comment no value.
    """
    text = (CHART / "values.yaml").read_text()
    defaults = yaml.safe_load(text)
    commented = dict(_comments(text.splitlines()))
    found = [Value(path, commented.pop(path, ""), default) for path, default in _leaves(defaults, commented)]
    if commented or not all(value.meaning for value in found):
        silent = [".".join(value.path) for value in found if not value.meaning]
        raise ValueError(f"values.yaml: without a comment: {silent}; comments of nothing: {sorted(commented)}")
    return found


def readme() -> str:
    """Give the chart's README."""
    rows = [f"| `{'.'.join(one.path)}` | `{json.dumps(one.default)}` | {one.meaning} |" for one in values()]
    return _README.format(rows="\n".join(rows))


def schema() -> str:
    """Give the schema of the values: of the types of the defaults, and nothing that is not in ``values.yaml``."""
    root: dict[str, Any] = {"$schema": "http://json-schema.org/draft-07/schema#", **_closed()}
    for value in values():
        place = root
        for name in value.path[:-1]:
            place = place["properties"].setdefault(name, _closed())
        place["properties"][value.path[-1]] = {"description": value.meaning, **_type(value)}
    root["properties"]["global"] = {"type": "object", "description": "What Helm gives to charts of a chart."}
    return json.dumps(root, indent=2) + "\n"


def manifests(helm: str) -> str:
    """Give the chart with its defaults as plain manifests, without what only Helm makes use of."""
    objects = rendered(helm)
    for one in objects:
        for labels in _label_maps(one):
            labels.pop("helm.sh/chart", None)
            labels.pop("app.kubernetes.io/managed-by", None)
    head = f"# The chart with its defaults, in the namespace {NAME}; made by `python -m deploy.chart manifests`.\n"
    return head + yaml.safe_dump_all(objects, sort_keys=False, explicit_start=True)


def rendered(helm: str, *flags: str) -> list[dict[str, Any]]:
    """Give the objects of the chart as Helm renders them with these flags.

    Raises:
        subprocess.CalledProcessError: it does not.
    """
    command = [helm, "template", NAME, str(CHART), f"--namespace={NAME}", *flags]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - no shell
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def made() -> Mapping[Path, str]:
    """Give every file of the chart that is made without Helm, and what it should be."""
    copies = {CHART / "files" / one.name: one.read_text() for one in COPIED}
    return {CHART / "README.md": readme(), CHART / "values.schema.json": schema(), **copies}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is asked for, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.chart", description=__doc__)
    parser.add_argument("what", choices=("write", "manifests"), help="the chart's own files, or the plain manifests")
    parser.add_argument("--helm", default="helm", help="the program that renders the manifests")
    chosen = parser.parse_args(arguments)
    for path, text in made().items() if chosen.what == "write" else ((MANIFESTS, manifests(chosen.helm)),):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(HERE.parent)}\n")
    return 0


def _comments(lines: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    place: list[tuple[int, str]] = []
    meaning = ""
    for line in lines:
        bare = line.strip()
        if bare.startswith("# -- "):
            meaning = bare.removeprefix("# -- ")
        elif bare and not bare.startswith("#"):
            depth = len(line) - len(line.lstrip())
            place = [one for one in place if one[0] < depth] + [(depth, bare.partition(":")[0])]
            if meaning:
                yield tuple(name for _, name in place), meaning
            meaning = ""


def _leaves(
    defaults: Mapping[str, Any], commented: Mapping[tuple[str, ...], str], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, default in defaults.items():
        path = (*above, name)
        if isinstance(default, dict) and default and path not in commented:
            yield from _leaves(default, commented, path)
        else:
            yield path, default


def _closed() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _type(value: Value) -> dict[str, Any]:
    names = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    found = {"type": names[type(value.default)]}
    if isinstance(value.default, dict) and value.default and ".".join(value.path) not in FREE:
        raise ValueError(f"values.yaml: {'.'.join(value.path)} has defaults and is not said to be free")
    return found


def _label_maps(one: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield one["metadata"].get("labels", {})
    if "template" in one.get("spec", {}):
        yield one["spec"]["template"]["metadata"]["labels"]


if __name__ == "__main__":
    sys.exit(main())
