"""What headers ask for: compression, a format."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.metrics.text import Format
from exporter.web.negotiation import accepts_gzip, choose_format


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
        "gzip;q=1.5",
        "gzip;q=0.1234",
        "gzipped",
    ],
)
def test_gzip_is_not_used_where_it_is_not_wanted(header: str) -> None:
    assert not accepts_gzip(header)


PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2"
)
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=0.0.4;q=0.25,*/*;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "fmt"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.TEXT),
        ("text/plain", Format.TEXT),
        ("application/json", Format.TEXT),
        (PROMETHEUS_2, Format.OPENMETRICS),
        (PROMETHEUS_3, Format.OPENMETRICS),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("Application/OpenMetrics-Text; Version=1.0.0", Format.OPENMETRICS),
        ('application/openmetrics-text; version="1.0.0"', Format.OPENMETRICS),
        ("application/openmetrics-text;version=2.0.0", Format.TEXT),
        ("application/openmetrics-text;version=0.0.1", Format.TEXT),
        ("application/openmetrics-text;version=2.0.0,*/*;q=0.1", Format.TEXT),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.3", Format.TEXT),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.2", Format.OPENMETRICS),
        ("application/openmetrics-text;q=0,*/*", Format.TEXT),
        ("text/plain;q=0,application/openmetrics-text;q=0.1", Format.OPENMETRICS),
        ("text/plain;q=0,*/*", Format.OPENMETRICS),
        ("text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=0.9", Format.OPENMETRICS),
        ("application/openmetrics-text,text/plain", Format.TEXT),
        ("application/openmetrics-text,*/*", Format.OPENMETRICS),
        ("application/openmetrics-text;q=high,text/plain;q=0.1", Format.TEXT),
        ("application/openmetrics-text;q=", Format.TEXT),
        ("application/openmetrics-text;q=1.5,text/plain;q=0.1", Format.TEXT),
        ("application/openmetrics-text;Q=0.5,text/plain;q=0.1", Format.OPENMETRICS),
        (",;,q=1,;;=", Format.TEXT),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.9",
            Format.TEXT,
        ),
    ],
)
def test_the_format_is_what_the_scraper_likes_best(accept: str, fmt: Format) -> None:
    assert choose_format(accept) is fmt


@settings(deadline=None)
@given(st.text())
def test_any_header_has_an_answer(header: str) -> None:
    assert choose_format(header) in Format
    assert accepts_gzip(header) in {True, False}


def test_the_content_type_is_ours() -> None:
    assert choose_format(PROMETHEUS_3).content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert choose_format("text/plain;version=0.0.4;escaping=underscores").content_type == (
        "text/plain; version=0.0.4; charset=utf-8"
    )
