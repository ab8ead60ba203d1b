"""What every benchmark tells in the same way: the machine it ran on, the memory it has, its rows as a table or JSON."""

import json
import os
import platform
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

Fact: TypeAlias = str | float | None


class Figure(msgspec.Struct, frozen=True):
    """One line of a table of unlike things."""

    what: str
    value: float
    unit: str


def resident_bytes() -> int:
    """Memory that this process has now, as Linux counts it."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a pseudo-file
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def core_seconds(pid: int) -> float:
    """Seconds of a core that a process has taken so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123 - a pseudo-file
        fields = stat.read().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine(**versions: str) -> dict[str, Fact]:
    """What figures depend on: the interpreter, these versions, the processor, and how busy it is just now."""
    return {
        "python": platform.python_version(),
        **versions,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def in_a_line(facts: dict[str, Fact]) -> str:
    """Write facts for people."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def print_rows(rows: Sequence[msgspec.Struct], facts: dict[str, Fact], *, as_json: bool) -> None:
    """Print rows of one sort, with their fields as columns, below the facts that they depend on."""
    if as_json:
        print(json.dumps({"machine": facts, "rows": msgspec.to_builtins(rows)}, indent=2))
        return
    names = [name.replace("_", " ") for name in rows[0].__struct_fields__]
    table = [names, *([_cell(value) for value in msgspec.structs.astuple(row)] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    texts = [isinstance(value, str) for value in msgspec.structs.astuple(rows[0])]
    print(in_a_line(facts))
    for line in table:
        cells = zip(line, widths, texts, strict=True)
        print("  ".join(f"{cell:<{width}}" if is_text else f"{cell:>{width}}" for cell, width, is_text in cells))


def _cell(value: str | float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
