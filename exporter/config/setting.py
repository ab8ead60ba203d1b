"""One setting as it is declared: its name in all its spellings, what it takes, its default, what it does."""

from typing import Any

import msgspec

from exporter.config.values import ValueKind

CLUSTER, CACHE, METRICS, WEB, PROCESS = "Cluster", "Cache and lookups", "Metrics", "Web", "Process"

GROUPS = (CLUSTER, CACHE, METRICS, WEB, PROCESS)
"""The headings, in the order of ``--help``."""

PREFIX = "INFORMER_EXPORTER_"
"""With which the names of all variables begin."""


class Setting(msgspec.Struct, frozen=True):
    """One line of the table."""

    name: str
    """As a flag without its dashes, and as the path of keys in the file."""
    kind: ValueKind[Any]
    default: str
    group: str
    """The heading it stands under in ``--help``."""
    help: str
    """What it does; names in backticks."""
    many: bool = False
    """Whether it takes a list: commas, repeated flags, a YAML sequence; an empty text is the empty list."""
    field: str = ""
    """Its name in ``Settings``; filled in by the table."""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper().replace(".", "_").replace("-", "_")
