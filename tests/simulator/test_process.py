"""``python -m exporter.simulator`` as a process: it says where it is, lives by its clock, and ends when it should."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.controlplane.waiting import wait_for

PATIENCE = 30.0
SMALL = ("--workflows=50", "--namespaces=3", "--rate=5", "--seed=7", "--speed=600")


@contextmanager
def simulator(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "exporter.simulator", "--port=0", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def ask(url: str, path: str, method: str = "GET") -> Any:
    with urllib.request.urlopen(urllib.request.Request(url + path, method=method), timeout=PATIENCE) as response:
        return json.load(response)


def test_it_serves_a_world_that_lives_and_can_be_paused() -> None:
    with simulator(*SMALL) as process:
        url = first_line(process)["url"]
        wait_for(lambda: created(url) > 0, "a workflow to be submitted")
        books = ask(url, "/simulator/pause", "POST")
        listed = ask(url, "/apis/argoproj.io/v1alpha1/workflows")
        assert books["paused"]
        assert len(listed["items"]) == books["workflows"]
        assert listed["metadata"]["resourceVersion"] == str(books["version"])
        assert not ask(url, "/simulator/resume", "POST")["paused"]


def created(url: str) -> int:
    return sum(account["created"] for account in ask(url, "/simulator/books")["namespaces"].values())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(number: signal.Signals) -> None:
    with simulator(*SMALL) as process:
        first_line(process)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0


def test_it_ends_with_whoever_started_it() -> None:
    with simulator(*SMALL, "--parent-pipe") as process:
        first_line(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_it_tells_what_will_go_wrong_and_when() -> None:
    with simulator(*SMALL, "--fault=drop-watch,expire") as process:
        said = first_line(process)
    assert [entry["fault"] for entry in said["schedule"][:2]] == ["drop-watch", "expire"]
    assert all(said["begins"] < entry["begins"] <= entry["ends"] for entry in said["schedule"])


def test_troubles_are_there_from_the_beginning_and_are_turned_on_and_off() -> None:
    with simulator(*SMALL, "--trouble=stuck, crons") as process:
        url = first_line(process)["url"]
        assert troubles(ask(url, "/simulator/troubles")) == {"stuck", "crons"}
        assert troubles(ask(url, "/simulator/trouble?name=failures&on=true", "POST")) == {"stuck", "crons", "failures"}
        assert troubles(ask(url, "/simulator/trouble?name=stuck&on=false", "POST")) == {"crons", "failures"}
        for wrong in ("name=fire&on=true", "name=stuck", "on=true", "name=stuck&on=perhaps"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask(url, f"/simulator/trouble?{wrong}", "POST")
            assert (refused.value.code, json.load(refused.value)["reason"]) == (400, "BadRequest")


def troubles(report: list[dict[str, Any]]) -> set[str]:
    return {each["name"] for each in report if each["on"]}


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ("--fault=expires", "did you mean expire?"),
        ("--trouble=failure", "did you mean failures?"),
        ("--workflows=0", "workflows is 0: expected 1 or more"),
        ("--speed=0", "speed is 0.0: expected more than 0"),
        ("--port=70000", "70000 is no port"),
        ("--rate=nan", "nan is no number to work with"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(argument: str, complaint: str) -> None:
    command = [sys.executable, "-m", "exporter.simulator", argument]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 2
    assert complaint in ended.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with simulator(*SMALL) as process:
        port = first_line(process)["url"].rpartition(":")[2]
        command = [sys.executable, "-m", "exporter.simulator", f"--port={port}", *SMALL]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stderr) == (1, f"cannot listen on 127.0.0.1:{port}: Address already in use\n")
