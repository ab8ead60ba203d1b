"""One line on stderr for each event, as logfmt or JSON: never two lines, never a token, never a long body.

Every room logs through the standard library and says facts as fields::

    log.info("listening", extra={"fields": {"address": address}})
"""

import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any, Protocol, TypeAlias

VALUE_LIMIT = 1000
"""Characters of one value."""
TRACE_LIMIT = 8
"""Calls of a trace, the innermost first."""

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}

Line: TypeAlias = Callable[[Mapping[str, Any]], str]
"""Writes an event's fields as one line, without its newline."""

_BARE = re.compile(r"[^\s\"=\\]+")
_CREDENTIALS = re.compile(
    r"\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]+|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+", re.IGNORECASE
)


class Stream(Protocol):
    """Where lines go: a text file, or something that puts them above what else stands in a terminal."""

    def write(self, text: str, /) -> object:
        """Take a text of whole lines."""

    def flush(self) -> object:
        """Bring it out."""


class Output(logging.Handler):
    """Writes events to a stream and counts them by level. A stream that cannot be written loses the line, no more."""

    def __init__(self, stream: Stream, line: Line) -> None:
        super().__init__()
        self._stream = stream
        self._line = line
        self._counts: Counter[str] = Counter(dict.fromkeys(LEVELS, 0))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event."""
        self._counts[_level(record)] += 1
        try:
            self._stream.write(self._line(dict(_fields(record))) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # the reader of the pipe is gone, or the stream is closed
            pass

    def statistics(self) -> Mapping[str, int]:
        """Events by level, those written and those lost, since the start."""
        return dict(self._counts)


def setup(level: str, style: str, stream: Stream | None = None) -> Output:
    """Send everything that is logged, at this level (``debug`` to ``error``) or above, to one output.

    ``style`` is ``logfmt`` or ``json``. Of the kubernetes library only warnings and errors are let through: at
    ``debug`` it would drown everything else.
    """
    output = Output(stream or sys.stderr, as_json if style == "json" else as_logfmt)
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(LEVELS[level])
    logging.getLogger("kubernetes").setLevel(max(LEVELS[level], logging.WARNING))
    logging.captureWarnings(capture=True)
    return output


def as_logfmt(fields: Mapping[str, Any]) -> str:
    """The fields as ``name=value``, quoted as JSON where a value is not one plain word."""
    return " ".join(f"{name}={_word(value)}" for name, value in fields.items())


def as_json(fields: Mapping[str, Any]) -> str:
    """The fields as one JSON object; numbers stay numbers."""
    return json.dumps({name: value if _is_number(value) else str(value) for name, value in fields.items()})


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    moment = datetime.fromtimestamp(record.created, UTC)
    yield "ts", moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    yield "level", _level(record)
    yield "logger", record.name
    yield "msg", _presentable(_message(record))
    for name, value in getattr(record, "fields", {}).items():
        yield _name(name), value if _is_number(value) else _presentable(str(value))
    if record.exc_info and record.exc_info[1] is not None:
        error = _first(record.exc_info[1])
        yield "error", _presentable(f"{type(error).__name__}: {error}")
        yield "trace", _presentable(_trace(error))


def _level(record: logging.LogRecord) -> str:
    return next((name for name, least in reversed(LEVELS.items()) if record.levelno >= least), "debug")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - arguments that do not fit the text must not cost the event
        return str(record.msg)


def _first(error: BaseException) -> BaseException:
    """The first of a group's errors: the group itself only says how many there are."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _trace(error: BaseException) -> str:
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return " < ".join(frames[: -TRACE_LIMIT - 1 : -1])


def _presentable(text: str) -> str:
    text = _CREDENTIALS.sub("***", text[: VALUE_LIMIT * 4])
    return text if len(text) <= VALUE_LIMIT else text[: VALUE_LIMIT - 1] + "…"


def _name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", name) or "_"


def _word(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return (
        text if text.isprintable() and _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < float("inf")
