"""The wiring, as far as it can be seen without a cluster; ``tests/cluster`` runs the whole program."""

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import app, config, logs
from exporter.kube.errors import Misconfigured

DEADLINE = 30.0
"""Seconds within which a real process must have begun."""


def settings(**flags: str) -> config.Settings:
    return config.load({name.replace("_", "-"): [text] for name, text in flags.items()}, {})


def kubeconfig(directory: Path, user: dict[str, object]) -> Path:
    path = directory / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    entry = {"name": "u", "user": user}
    content = {"clusters": [cluster], "contexts": [context], "users": [entry], "current-context": "x"}
    path.write_text(json.dumps(content))
    return path


def slow_plugin(begun: Path) -> dict[str, object]:
    """An exec plugin that waits for a person, after it left a mark."""
    script = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", script],
        "interactiveMode": "Never",
    }
    return {"exec": plugin}


@pytest.fixture(autouse=True)
def same_nesting() -> Iterator[None]:
    """The program lets decoders go down further than Python does; the other tests must not feel it."""
    limit = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(limit)


async def test_told_to_stop_while_a_plugin_waits_it_stops(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    chosen = settings(kubeconfig=str(kubeconfig(tmp_path, slow_plugin(begun))))
    running = asyncio.create_task(app.run(chosen, logs.Output(io.StringIO(), logs.as_logfmt)))
    async with asyncio.timeout(DEADLINE):
        while not begun.exists():  # noqa: ASYNC110 - a file of another process
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running


async def test_credentials_are_checked_without_asking_anybody(tmp_path: Path) -> None:
    await app.check(settings(kubeconfig=str(kubeconfig(tmp_path, {"token": "t"}))))
    with pytest.raises(Misconfigured, match="nowhere"):
        await app.check(settings(kubeconfig=str(tmp_path / "nowhere")))
