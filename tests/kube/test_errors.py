"""Errors: which kind an answer becomes, and what its message repeats."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kube import errors
from exporter.kube.errors import answered, read_status


def status(**fields: Any) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1"} | fields).encode()


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (400, b"", errors.Rejected),
        (401, b"", errors.Unauthorized),
        (403, b"", errors.Forbidden),
        (404, b"404 page not found", errors.NotFound),
        (410, b"", errors.Expired),
        (422, b"", errors.Rejected),
        (429, b"Too many requests", errors.Throttled),
        (500, b"", errors.ServerError),
        (503, b"", errors.ServerError),
        (504, b"", errors.ServerError),
        (504, status(details={"causes": [{"reason": "ResourceVersionTooLarge"}]}), errors.VersionTooLarge),
        (504, status(message="Timeout: Too large resource version: 9, current: 5"), errors.VersionTooLarge),
        (0, status(code=410), errors.Expired),
        (0, status(reason="Expired"), errors.Expired),
        (0, status(reason="Gone", code=500), errors.Expired),
        (0, status(code=429), errors.Throttled),
        (0, status(), errors.ServerError),
        (0, b"not a status", errors.ServerError),
    ],
)
def test_an_answer_becomes_its_kind_of_error(code: int, body: bytes, kind: type[errors.Answered]) -> None:
    error = answered("list things", code, body)
    assert type(error) is kind
    assert error.code == (code or error.status.code or 500)
    assert str(error).startswith(f"list things: {error.code}: ")


def test_the_message_of_a_status_is_repeated_up_to_a_limit() -> None:
    assert str(answered("get x", 403, status(message="no"))) == "get x: 403: no"
    assert len(str(answered("get x", 403, status(message="n" * 5000)))) < 350


@pytest.mark.parametrize(
    "body", [b"<html>secret</html>", b'{"kind":"Secret","message":"secret"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_status_is_not_repeated(body: bytes) -> None:
    assert read_status(body) == errors.Status()
    assert str(answered("get x", 500, body)) == "get x: 500: no reason given"


def test_a_wait_is_taken_from_the_header_or_else_from_the_status() -> None:
    body = status(details={"retryAfterSeconds": 3})
    assert answered("get x", 429, body).retry_after == 3.0
    assert answered("get x", 429, body, 5.0).retry_after == 5.0
    assert answered("get x", 429, b"").retry_after is None


@given(st.integers(0, 999), st.binary(max_size=50))
def test_no_answer_at_all_can_break_the_reading_of_it(code: int, body: bytes) -> None:
    assert answered("get x", code, body).code != 0


def test_only_the_api_server_can_say_that_something_is_not_there() -> None:
    page = b"<html>default backend - 404</html>"
    assert isinstance(answered("list", 404, b"404 page not found\n"), errors.NotFound)
    assert isinstance(answered("get", 404, b'{"kind":"Status","code":404,"reason":"NotFound"}'), errors.NotFound)
    assert isinstance(answered("list", 404, page), errors.Rejected)


@pytest.mark.parametrize(
    ("asked", "waited"), [(3, 3), (99_999, errors.LONGEST_WAIT), (-5, 0), (10**400, errors.LONGEST_WAIT)]
)
def test_a_wait_asked_for_in_a_body_is_bounded(asked: int, waited: float) -> None:
    body = b'{"kind":"Status","code":429,"details":{"retryAfterSeconds":%d}}' % asked
    assert answered("list", 429, body).retry_after == waited
