"""What anyone may send to a port, and what becomes of it."""

import logging

import pytest

from tests.web.fakes import World, read_reply, serving

SENT = b"sent-by-a-client"
HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /lookup/workflows HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (TLS_HELLO, 400),
        (SENT + b"\r\n\r\n", 400),
        (b"GET /" + SENT + b" HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + SENT * 1000 + b" HTTP/1.1\r\n\r\n", 414),
        (HEAD + b"X: " + SENT * 1000 + b"\r\n\r\n", 431),
        (HEAD + SENT * 1000 + b": 1\r\n\r\n", 431),
        (HEAD + b"X: 1\r\n" * 200 + b"\r\n", 400),
        (HEAD + SENT + b"\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + SENT + b"\r\n", 400),
    ],
)
async def test_what_is_not_http_is_refused_in_one_line_and_counted(
    raw: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = World().site()
    async with serving(site) as client:
        answer = await client.exchange(raw)
    reply = read_reply(answer)
    assert reply.code == code
    assert reply.body.count(b"\n") == 1
    assert SENT not in answer
    assert site.statistics().requests == {("malformed", code): 1}
    assert [record.levelname for record in caplog.records if record.name != "asyncio"] == ["DEBUG"]
    assert SENT.decode() not in caplog.text


@pytest.mark.parametrize("encoding", [b"gzip", b"br"])
async def test_a_body_that_is_not_what_its_headers_say_is_the_clients_mistake(
    encoding: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    site = World().site()
    async with serving(site) as client:
        raw = POST + b"Content-Encoding: " + encoding + b"\r\nContent-Length: 16\r\n\r\n" + SENT
        reply = read_reply(await client.exchange(raw))
    assert (reply.code, reply.status["message"]) == (400, "the body is not encoded as the headers say")
    assert site.statistics().failures == 0
    assert caplog.records == []
