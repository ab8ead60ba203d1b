"""What became of the checkpoint: the file by which completions count once, whatever process sees them."""

from collections.abc import Iterator

from exporter.checkpoint import CheckpointStatistics
from exporter.metrics.family import Family, Type
from exporter.telemetry.declare import Told, point, points

WRITES = Family(
    name="informer_exporter_state_writes_total",
    type=Type.COUNTER,
    help="Times that the state file was replaced by a newer one.",
)
ERRORS = Family(
    name="informer_exporter_state_errors_total",
    type=Type.COUNTER,
    help="Times that a state file was not used (unreadable, damaged, too_large, version, identity), could not be set "
    "aside (not_set_aside), or was written without what was too long (too_large) or not at all (unwritable).",
    labels=("reason",),
)
LAST_WRITE = Family(
    name="informer_exporter_state_last_write_timestamp_seconds",
    type=Type.GAUGE,
    help="When the state file was last replaced; nothing before the first time.",
    unit="seconds",
)
BYTES = Family(
    name="informer_exporter_state_bytes",
    type=Type.GAUGE,
    help="Size of the state file as it was last read or written.",
    unit="bytes",
)
OWED = Family(
    name="informer_exporter_state_owed",
    type=Type.GAUGE,
    help="Objects to which something was found to have happened while no exporter ran, and that are not counted until "
    "a scrape has shown the counters as they were.",
)

FAMILIES = (WRITES, ERRORS, LAST_WRITE, BYTES, OWED)


def told(state: CheckpointStatistics) -> Iterator[Told]:
    """Every sample of these families."""
    yield point(WRITES, state.writes)
    yield from points(ERRORS, state.errors)
    if state.last_write:
        yield point(LAST_WRITE, state.last_write)
    yield point(BYTES, state.size)
    yield point(OWED, state.owed)
