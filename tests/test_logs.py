"""One line for each event."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import logs


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.getLogger("kubernetes").setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)


def record(message: str, *arguments: object, level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("exporter.web", level, "x.py", 1, message, arguments, None)
    made.created = 1_700_000_000.1234
    made.__dict__["fields"] = fields
    return made


def line(made: logging.LogRecord, style: logs.Line = logs.as_logfmt) -> str:
    stream = io.StringIO()
    logs.Output(stream, style).emit(made)
    return stream.getvalue()


def test_logfmt_is_the_time_the_level_the_room_and_the_facts() -> None:
    assert line(record("listening on %s", "b", address=":1", count=3, half=0.5, on=True, text="a b", empty="")) == (
        "ts=2023-11-14T22:13:20.123Z level=info logger=exporter.web "
        'msg="listening on b" address=:1 count=3 half=0.5 on=true text="a b" empty=""\n'
    )


def test_json_keeps_numbers() -> None:
    assert json.loads(line(record("m", count=3, on=True, odd=float("nan"), text="ä"), logs.as_json)) == {
        "ts": "2023-11-14T22:13:20.123Z",
        "level": "info",
        "logger": "exporter.web",
        "msg": "m",
        "count": 3,
        "on": True,
        "odd": "nan",
        "text": "ä",
    }


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.floats() | st.booleans() | st.none()))
def test_one_event_is_always_one_line(message: str, fields: dict[str, object]) -> None:
    for style in (logs.as_logfmt, logs.as_json):
        made = record("%s", message)
        made.__dict__["fields"] = fields
        written = line(made, style)
        assert written.splitlines(keepends=True) == [written]
        assert written.isprintable() is False  # its newline
        assert written[:-1].isprintable()


@given(st.text())
def test_json_is_json(message: str) -> None:
    assert json.loads(line(record("%s", message[:500]), logs.as_json))["msg"] == message[:500]


def test_a_long_value_is_cut() -> None:
    written = line(record("x" * 10_000, body="y" * 10_000))
    assert len(written) < 2_200
    assert written.count("…") == 2


@pytest.mark.parametrize(
    "secret", ["Bearer abc.def-ghi", "bearer  abc.def-ghi", "Basic YTpi", "eyJhbGciOiJSUzI1.eyJpc3MiOiJr.c2lnbmF0dXJl"]
)
def test_a_credential_is_never_written(secret: str) -> None:
    made = record("sent %s", secret, header=f"Authorization: {secret}")
    made.exc_info = (ValueError, ValueError(f"header {secret} refused"), None)
    written = line(made)
    assert written.count("***") == 3
    assert secret.rsplit(maxsplit=1)[-1] not in written


def test_an_exception_is_two_fields_of_the_same_line() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        made = record("broken")
        made.exc_info = (type(error), error, error.__traceback__)
    written = line(made)
    assert 'error="JSONDecodeError: Expecting property name' in written
    assert 'trace="decoder.py:' in written
    assert written.count("\n") == 1


def test_of_a_group_the_first_error_is_told() -> None:
    made = record("broken")
    made.exc_info = (ExceptionGroup, ExceptionGroup("tasks", [ExceptionGroup("more", [ValueError("this")])]), None)
    assert 'error="ValueError: this"' in line(made)


def test_arguments_that_do_not_fit_cost_nothing() -> None:
    assert 'msg="%d of %d"' in line(record("%d of %d", "x"))


def test_a_stream_that_is_gone_loses_the_line_and_no_more() -> None:
    stream = io.StringIO()
    stream.close()
    output = logs.Output(stream, logs.as_logfmt)
    output.emit(record("m"))
    assert output.statistics()["info"] == 1


def test_events_are_counted_by_level_and_silent_ones_are_not() -> None:
    stream = io.StringIO()
    output = logs.setup("warn", "logfmt", stream)
    log = logging.getLogger("exporter.test")
    log.info("quiet")
    log.warning("w")
    log.error("e")
    log.critical("c")
    assert output.statistics() == {"debug": 0, "info": 0, "warn": 1, "error": 2}
    assert stream.getvalue().count("\n") == 3


@pytest.mark.parametrize(("level", "wanted"), [("debug", ["warn"]), ("info", ["warn"]), ("error", [])])
def test_of_the_kubernetes_library_only_warnings_are_heard(level: str, wanted: list[str]) -> None:
    stream = io.StringIO()
    logs.setup(level, "json", stream)
    log = logging.getLogger("kubernetes.aio.config")
    log.debug("I open a file")
    log.warning("I cannot close it")
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["level"] for event in said if event["logger"].startswith("kubernetes")] == wanted
