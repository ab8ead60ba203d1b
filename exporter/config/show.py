"""Settings for people: those in force as YAML, and the reference of all of them as Markdown."""

from typing import Any

import yaml

from exporter.config.settings import GROUPS, TABLE, Setting, Settings
from exporter.config.values import Plain

_INTRODUCTION = """\
# Settings

Made by `python -m exporter.config > docs/flags.md` from the table in `exporter/config/settings.py`.

A flag beats the environment, the environment beats the file given by `--config.file`, the file beats the default.
In the file, keys are nested at their dots, or written whole:

```yaml
web:
  listen-address: [":9798"]
log.level: warn
```

Lists are written with commas, as a YAML sequence, or by repeating the flag; an empty text is the empty list.
A switch is `--lookup`, `--lookup=false` or `--no-lookup`. Durations are written as in Prometheus: `250ms`, `10s`,
`5m`, `1h30m`, `7d`; sizes as `512KiB` or `32MiB`. An unknown flag, variable or key is an error.
"""


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


def as_markdown() -> str:
    """The reference of all settings."""
    return _INTRODUCTION + "".join(f"\n## {group}\n\n{_rows(group)}" for group in GROUPS)


def _plain(setting: Setting, value: Any) -> Plain | list[Plain]:
    return [setting.kind.show(item) for item in value] if setting.many else setting.kind.show(value)


def _rows(group: str) -> str:
    head = "| flag | environment | value | default | meaning |\n|---|---|---|---|---|\n"
    return head + "".join(_row(setting) for setting in TABLE if setting.group == group)


def _row(setting: Setting) -> str:
    kind = setting.kind.name.replace("|", ", ") + (", …" if setting.many else "")
    default = ", ".join(f"`{text}`" for text in setting.default.split(",") if text) or "empty"
    return f"| `--{setting.name}` | `{setting.variable}` | {kind} | {default} | {setting.help} |\n"
