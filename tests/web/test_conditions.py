"""What headers ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.address import Address, parse_address
from exporter.web.conditions import accepts_gzip, names_version


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "GZIP",
        "x-gzip",
        "deflate, gzip",
        "gzip;q=1.0, identity;q=0.5",
        "gzip;q=0.001",
        "*",
        "br, *;q=0.1",
        " gzip ; q=0.5 ",
        "identity, gzip",
    ],
)
def test_gzip_is_used_where_it_is_asked_for(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "identity",
        "deflate, br",
        "gzip;q=0",
        "gzip;q=0.000, *",
        "*;q=0",
        "gzip;q=0.5, identity",
        "gzip;q=nan",
        "gzip;q=",
        "gzip;q=2",
        "gzipped",
    ],
)
def test_gzip_is_not_used_where_it_is_not_wanted(header: str) -> None:
    assert not accepts_gzip(header)


@given(st.text())
def test_any_header_can_be_read(header: str) -> None:
    assert accepts_gzip(header) in {True, False}
    assert names_version(header, '"1"') in {True, False}


@given(st.lists(st.text("0123456789", min_size=1), max_size=5), st.text("0123456789", min_size=1))
def test_a_list_of_tags_names_each_of_them(tags: list[str], version: str) -> None:
    header = ", ".join(f'W/"{tag}"' if len(tag) % 2 else f'"{tag}"' for tag in tags)
    assert names_version(header, f'"{version}"') == (version in tags)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9798", Address("127.0.0.1", 9798)),
        (":9798", Address("", 9798)),
        ("[::1]:9798", Address("::1", 9798)),
        ("[0:0::1]:1", Address("::1", 1)),
        ("localhost:0", Address("localhost", 0)),
        ("a.b-c.example:65535", Address("a.b-c.example", 65535)),
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
    ],
)
def test_what_is_no_address_is_told_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not an IPv6 address|neither"):
        parse_address(text)
