"""Runs a simulated cluster: ``python -m exporter.simulator --port 0 --workflows 2000`` serves one until it is ended."""

import argparse
import asyncio
import contextlib
import math
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from exporter.simulator.api.query import Query
from exporter.simulator.api.words import bad_request
from exporter.simulator.faults import Schedule, play
from exporter.simulator.history import History
from exporter.simulator.resources import NAMESPACES, namespace
from exporter.simulator.scenario import Books, Options, Runner, Troubles, World
from exporter.simulator.server import Control, Server

OWN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
"""What every cluster has from the beginning."""
_SWITCHES = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What is to be served, and where."""

    host: str
    port: int
    world: Options
    faults: tuple[str, ...]
    troubles: tuple[str, ...]
    parent_pipe: bool


def read_arguments(arguments: Sequence[str]) -> Arguments:
    """Read the command line; what makes no sense ends the program with code 2."""
    parser = _parser()
    told = parser.parse_args(arguments)
    faults, troubles = _names(told.fault), _names(told.trouble)
    try:
        Schedule(faults, 0.0)
        Troubles(troubles)
        world = Options(told.workflows, told.namespaces, told.rate, told.seed, told.speed)
    except ValueError as error:
        parser.error(str(error))
    return Arguments(told.host, told.port, world, faults, troubles, told.parent_pipe)


def _parser() -> argparse.ArgumentParser:
    usual = Options()
    parser = argparse.ArgumentParser("python -m exporter.simulator", description=__doc__, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--workflows", type=int, default=usual.workflows, help="how many there are at a time")
    parser.add_argument("--namespaces", type=int, default=usual.namespaces, help="how many there are")
    parser.add_argument("--rate", type=_number, default=usual.rate, help="workflows submitted each second")
    parser.add_argument("--seed", type=int, default=usual.seed, help="what chance follows")
    parser.add_argument("--speed", type=_number, default=usual.speed, help="how many times shorter lives are")
    parser.add_argument("--fault", default="", help="what goes wrong, on a schedule: drop-watch,expire,slow,...")
    parser.add_argument("--trouble", default="", help="what goes wrong with workflows: failures,admission,crons,stuck")
    parser.add_argument("--parent-pipe", action="store_true", help="end when stdin does")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is no number to work with")
    return number


async def serve(chosen: Arguments) -> None:
    """Serve until a signal comes, or stdin ends where that is minded.

    Raises:
        OSError: the address cannot be had.
    """
    ended = _ended_by_signals()
    troubles = Troubles(chosen.troubles)
    history, books, runner = _founded(chosen.world, troubles)
    server = Server(history, rng=random.Random(chosen.world.seed), audience=books.readers)  # noqa: S311 - nothing secret
    begins = time.time()
    schedule = Schedule(chosen.faults, begins)
    server.control(_control(runner, schedule, troubles))
    host, port = await server.start(chosen.host, chosen.port)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    _say({"url": url, "begins": begins, "schedule": schedule.upcoming(time.time())})
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(runner.run()), tasks.create_task(play(schedule, server, time.time, asyncio.sleep))]
        if chosen.parent_pipe:
            work.append(tasks.create_task(_follow_parent(ended)))
        await ended.wait()
        for task in work:
            task.cancel()
    await server.stop()


def _ended_by_signals() -> asyncio.Event:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    return ended


def _founded(options: Options, troubles: Troubles) -> tuple[History, Books, Runner]:
    """Make a world in a history of its own, with its population; the runner keeps it going."""
    history = History(time.time)
    for name in OWN_NAMESPACES:
        history.put(NAMESPACES, namespace(name))
    world, books = World(history, options, troubles=troubles), Books(history)
    world.advance(time.time())
    books.begin()
    return history, books, Runner(world, books, time.time, asyncio.sleep)


def _control(runner: Runner, schedule: Schedule, troubles: Troubles) -> Control:
    def pause(_: Query) -> Any:
        runner.pause()
        return runner.report()

    def resume(_: Query) -> Any:
        runner.resume()
        return runner.report()

    def turn(asked: Query) -> Any:
        on = _SWITCHES.get(asked.text("on"))
        if on is None:
            raise bad_request(f"on is {asked.text('on')!r}: expected true or false")
        try:
            troubles.turn(asked.text("name"), on=on)
        except ValueError as error:
            raise bad_request(str(error)) from error
        return troubles.report()

    return {
        ("GET", "/simulator/books"): lambda asked: runner.report(asked.text("reader")),
        ("GET", "/simulator/schedule"): lambda _: schedule.upcoming(time.time()),
        ("GET", "/simulator/troubles"): lambda _: troubles.report(),
        ("POST", "/simulator/trouble"): turn,
        ("POST", "/simulator/pause"): pause,
        ("POST", "/simulator/resume"): resume,
    }


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


async def _follow_parent(ended: asyncio.Event) -> None:
    """Read stdin until it ends, which it does when whoever holds the other end is gone."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    with contextlib.closing(transport):
        while await reader.read(2**16):
            pass
    ended.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; the exit code is 0 after a signal, 1 if it cannot listen, 2 for arguments that make no sense."""
    chosen = read_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        with asyncio.Runner(loop_factory=_new_loop()) as runner:
            runner.run(serve(chosen))
    except OSError as error:
        # The system's words are enough: Python repeats the address in its own.
        reason = (error.strerror or str(error)).partition(" (while")[0]
        sys.stderr.write(f"cannot listen on {chosen.host}:{chosen.port}: {reason}\n")
        return 1
    return 0


def _new_loop() -> Any:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - there is none for Windows

    return uvloop.new_event_loop


if __name__ == "__main__":
    sys.exit(main())
