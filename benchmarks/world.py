"""What it costs to keep a made-up company going: ``python -m benchmarks.world [--seconds N] [--json]``.

A world of the demo's size is led through so many seconds of the wall as fast as it goes, while its changes are made
into the frames that one watch gets. ``share`` is what that takes of a core at the real pace; ``worst`` is the longest
second, and ``behind`` what the runner would be late at most if it had a core to itself.
"""

import argparse
import statistics
import time

import msgspec

from benchmarks.report import machine, print_rows
from exporter.simulator.frames import framed
from exporter.simulator.history import Change, History
from exporter.simulator.scenario import Options, World

BEGINNING = 1_790_000_000
SETTINGS = (Options(), Options(rate=50), Options(workflows=10_000, namespaces=50, rate=20))


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    workflows: int
    rate: float
    speed: float
    founded_s: float
    events_per_s: float
    us_per_event: float
    kb_per_event: float
    share_of_core: float
    worst_second_ms: float
    behind_s: float


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="seconds of the wall that are played")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = [played(options, arguments.seconds) for options in SETTINGS]
    print_rows(rows, machine(), as_json=arguments.json)


def played(options: Options, seconds: int) -> Row:
    """Lead one world through its seconds."""
    clock = [float(BEGINNING)]
    history = History(lambda: clock[0])
    world = World(history, options)
    founding = spent(world, clock[0])
    told: list[int] = []
    history.subscribe(lambda change: told.append(frame_size(change)))
    costs, late, behind = [], 0.0, 0.0
    for _ in range(seconds):
        clock[0] += 1
        costs.append(spent(world, clock[0]))
        late = max(0.0, late + costs[-1] - 1)
        behind = max(behind, late)
    whole = sum(costs)
    return Row(
        workflows=options.workflows,
        rate=options.rate,
        speed=options.speed,
        founded_s=founding,
        events_per_s=len(told) / seconds,
        us_per_event=whole / len(told) * 1e6,
        kb_per_event=statistics.mean(told) / 1e3,
        share_of_core=whole / seconds,
        worst_second_ms=max(costs) * 1e3,
        behind_s=behind,
    )


def frame_size(change: Change) -> int:
    """Make the frame of a watch, and give its size."""
    return len(framed(change.type, change.new.body))


def spent(world: World, now: float) -> float:
    """Let a world advance; give the seconds of a core that it took."""
    began = time.process_time()
    world.advance(now)
    return time.process_time() - began


if __name__ == "__main__":
    main()
