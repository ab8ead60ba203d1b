"""Settings for people: those in force as YAML, and the reference of all of them as Markdown."""

import hashlib
import textwrap
from typing import Any

import yaml

from exporter.config.setting import GROUPS, PREFIX, Setting
from exporter.config.settings import TABLE, Settings
from exporter.config.values import Plain

_INTRODUCTION = """\
# Settings

Everything that can be chosen about `informer-exporter serve`: what is watched, what the cache keeps, how it is counted,
where it is answered. Nothing has to be set: without any setting it reads every workflow of the kubeconfig's current
context and answers on `127.0.0.1:9798`. `informer-exporter check-config` prints what is in force, or what is wrong.

## How settings are written

{precedence}

{syntax}

In the file, keys are nested at their dots, or written whole:

```yaml
web:
  listen-address: [":9798"]
log.level: warn
```
"""

_ORIGIN = """
---

This page is made by `python -m exporter.config > docs/flags.md` from the table in `exporter/config/settings.py`.
"""

PRECEDENCE = (
    "Each setting is a flag, an environment variable and a key of the file that `--config.file` names. The variable is "
    f"`{PREFIX}` and the flag's name in capitals, with `_` for dots and dashes: `--log.level` is `{PREFIX}LOG_LEVEL`. "
    "A flag beats the environment, the environment beats the file, the file beats the default. An unknown flag, "
    "variable or key is an error."
)
"""Where settings come from; names in backticks."""

SYNTAX = (
    "Durations are written as `250ms`, `10s`, `5m`, `1h30m` or `7d`; sizes as `512KiB` or `32MiB`; lists with commas, "
    "by repeating the flag, or as a sequence in the file, and an empty text is the empty list; a switch as `--lookup`, "
    "`--lookup=false` or `--no-lookup`."
)
"""How values are written; names in backticks."""


def as_yaml(settings: Settings) -> str:
    """The settings in force, as a file that says the same."""
    document: dict[str, Any] = {}
    for setting in TABLE:
        if setting.name == "config.file":
            continue
        *above, last = setting.name.split(".")
        mapping = document
        for key in above:
            mapping = mapping.setdefault(key, {})
        mapping[last] = _plain(setting, getattr(settings, setting.field))
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def fingerprint(settings: Settings) -> str:
    """What tells these settings from others: the SHA-256, in hexadecimal, of their YAML. They hold no secret."""
    return hashlib.sha256(as_yaml(settings).encode()).hexdigest()


def as_markdown() -> str:
    """The reference of all settings."""
    introduction = _INTRODUCTION.format(precedence=_paragraph(PRECEDENCE), syntax=_paragraph(SYNTAX))
    return introduction + "".join(f"\n## {group}\n\n{_rows(group)}" for group in GROUPS) + _ORIGIN


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def _plain(setting: Setting, value: Any) -> Plain | list[Plain]:
    return [setting.kind.show(item) for item in value] if setting.many else setting.kind.show(value)


def _rows(group: str) -> str:
    head = "| flag | environment | value | default | meaning |\n|---|---|---|---|---|\n"
    return head + "".join(_row(setting) for setting in TABLE if setting.group == group)


def _row(setting: Setting) -> str:
    kind = setting.kind.name.replace("|", ", ") + (", …" if setting.many else "")
    default = ", ".join(f"`{text}`" for text in setting.default.split(",") if text) or "empty"
    return f"| `--{setting.name}` | `{setting.variable}` | {kind} | {default} | {setting.help} |\n"
