"""Where to listen, as people write it."""

import pytest

from exporter.web.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9798", Address("127.0.0.1", 9798)),
        (":9798", Address("", 9798)),
        ("[::1]:9798", Address("::1", 9798)),
        ("[0:0::1]:1", Address("::1", 1)),
        ("localhost:0", Address("localhost", 0)),
        ("a.b-c.example:65535", Address("a.b-c.example", 65535)),
        (f"{'a' * 63}.b:1", Address(f"{'a' * 63}.b", 1)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9798",
        "host",
        "host:",
        "host:65536",
        "host:-1",
        "host:http",
        "::1:9798",
        "[::1]",
        "[x]:1",
        "http://a:1",
        "a b:1",
        "a:1 ",
        "a:\uff11",
        "a..b:1",
        "a-.b:1",
        "a.:1",
        f"{'a' * 64}:1",
        f"{'a.' * 127}a:1",
    ],
)
def test_what_is_no_address_is_told_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not an IPv6 address|neither"):
        parse_address(text)
