"""How answers are written: objects, their metadata, tables; a real API server judges the same in the cluster tests."""

from typing import Any

import msgspec
import pytest

from exporter.kinds.workflow import WORKFLOW
from exporter.kube.objects import PrinterColumn
from exporter.web.answers import Refused
from exporter.web.lookup import table
from exporter.web.lookup.shapes import Form, choose_form
from tests.kinds.samples import START
from tests.web.fakes import PATH, serving
from tests.web.kept import ALL, Kept

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form()),
        ("*/*", Form()),
        ("application/*", Form()),
        ("text/html, */*;q=0.1", Form()),
        (TABLE, Form("Table")),
        (f"{TABLE},{TABLE.replace('v1', 'v1beta1')},application/json", Form("Table")),
        (TABLE.replace("v1", "v1beta1"), Form("Table", "v1beta1")),
        (f"application/json;q=0.1,{TABLE};q=0.5", Form("Table")),
        (f"{TABLE.replace('v1', 'v9')},application/json", Form()),
        (METADATA, Form("PartialObjectMetadata")),
        ("application/vnd.kubernetes.protobuf,application/json", Form()),
    ],
)
def test_the_best_form_that_is_written_here_is_chosen(accept: str, form: Form) -> None:
    assert choose_form(accept) == form


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/yaml",
        TABLE.replace("v1", "v9"),
        "application/json;as=Table",
        "application/json;as=Table;g=meta.k8s.io",
        "application/json;v=v1;g=meta.k8s.io",
        "application/json;as=Foo;v=v1;g=meta.k8s.io",
    ],
)
def test_another_form_is_not_acceptable(accept: str) -> None:
    with pytest.raises(Refused) as refused:
        choose_form(accept)
    assert (refused.value.code, refused.value.reason) == (406, "NotAcceptable")


async def read(kept: Kept, target: str, accept: str) -> dict[str, Any]:
    async with serving(kept.world.site()) as client:
        reply = await client.ask("GET", target, b"", Accept=accept)
    assert reply.headers["content-type"] == "application/json"
    found: dict[str, Any] = msgspec.json.decode(reply.body)
    return found


async def test_a_table_has_the_kinds_columns_and_a_row_for_each_object() -> None:
    kept = Kept()
    kept.world.now = START + 3 * 3600.0 + 65
    kept.keep("a", "w", phase="Running", started=START)
    found = await read(kept, ALL, TABLE)
    assert (found["kind"], found["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "Status", "Age", "Message"]
    (row,) = found["rows"]
    assert row["cells"] == ["w", "Running", "3h1m", None]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["name"] == "w"
    assert "spec" not in row["object"]


@pytest.mark.parametrize(("include", "kind"), [("", "PartialObjectMetadata"), ("Object", "Workflow"), ("None", None)])
async def test_a_row_carries_as_much_of_its_object_as_was_asked_for(include: str, kind: str | None) -> None:
    kept = Kept()
    kept.keep("a", "w")
    for target in (ALL, f"{PATH}/a/workflows/w"):
        (row,) = (await read(kept, f"{target}?includeObject={include}", TABLE))["rows"]
        assert (row["object"] or {"kind": None})["kind"] == kind


async def test_anything_else_to_include_is_refused() -> None:
    found = await read(Kept(), f"{ALL}?includeObject=Foo", TABLE)
    assert (found["code"], found["reason"]) == (400, "BadRequest")


async def test_metadata_comes_alone_and_in_lists() -> None:
    kept = Kept()
    kept.keep("a", "w", labels={"team": "x"})
    one = await read(kept, f"{PATH}/a/workflows/w", METADATA)
    many = await read(kept, ALL, METADATA.replace("Metadata", "MetadataList"))
    assert (one["kind"], one["metadata"]["labels"]) == ("PartialObjectMetadata", {"team": "x"})
    assert (many["kind"], many["items"]) == ("PartialObjectMetadataList", [one])
    assert many["metadata"] == {"resourceVersion": "101"}


async def test_metadata_has_a_tag_of_its_own_and_a_table_none() -> None:
    kept = Kept()
    kept.keep("a", "w")
    path = f"{PATH}/a/workflows/w"
    async with serving(kept.world.site()) as client:
        whole = (await client.ask("GET", path)).headers["etag"]
        metadata = await client.ask("GET", path, b"", Accept=METADATA, If_None_Match=whole)
        table = await client.ask("GET", path, b"", Accept=TABLE, If_None_Match=whole)
        again = await client.ask("GET", path, b"", Accept=METADATA, If_None_Match=metadata.headers["etag"])
    assert (metadata.code, table.code, again.code) == (200, 200, 304)
    assert "etag" not in table.headers


async def test_the_form_of_a_list_does_not_fit_an_object_nor_the_other_way_round() -> None:
    kept = Kept()
    kept.keep("a", "w")
    for target, accept in ((ALL, METADATA), (f"{PATH}/a/workflows/w", METADATA.replace("Metadata", "MetadataList"))):
        assert (await read(kept, target, accept))["code"] == 406


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1.9, "0s"),
        (0, "0s"),
        (119.9, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (179 * 60 + 59, "179m"),
        (180 * 60, "3h"),
        (7 * 3600 + 60, "7h1m"),
        (8 * 3600 + 60, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (50 * 3600, "2d2h"),
        (8 * 86400, "8d"),
        (729 * 86400, "729d"),
        (730 * 86400, "2y"),
        (731 * 86400, "2y1d"),
        (8 * 365 * 86400, "8y"),
        (20 * 365 * 86400 + 99, "20y"),
    ],
)
def test_an_age_is_written_as_kubectl_does(seconds: float, text: str) -> None:
    assert table.age(seconds) == text


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        (b'"text"', "text"),
        (b"null", "<no value>"),
        (b"true", "true"),
        (b"7", "7"),
        (b"1.5", "1.5"),
        (b"-0.0001", "-0.0001"),
        (b"0.00001234", "1.234e-05"),
        (b"123456789.5", "1.234567895e+08"),
        (b"12345678901234567890", "1.2345678901234567e+19"),
        (b'{"b":[1,"<"],"a":null}', '{"a":null,"b":[1,"\\u003c"]}'),
        (b"[]", "[]"),
    ],
)
def test_a_cell_of_text_prints_whatever_is_there(raw: bytes, cell: str) -> None:
    column = PrinterColumn("X", "string", ("status", "phase"))
    body = b'{"metadata":{"name":"n"},"status":{"phase":%s}}' % raw
    assert table.cells(table.split(body), [column], 0) == ["n", cell]


@pytest.mark.parametrize(
    ("wanted", "raw", "cell"),
    [
        ("integer", b"7", 7),
        ("integer", b"7.9", 7),
        ("integer", b"true", None),
        ("number", b"7", 7.0),
        ("number", b'"7"', None),
        ("boolean", b"true", True),
        ("boolean", b"1", None),
        ("date", b'"2023-11-14T22:13:20Z"', "10s"),
        ("date", b'"soon"', "<invalid>"),
        ("date", b'"2020-01-01"', "<invalid>"),
        ("date", b'""', "<unknown>"),
        ("date", b'"9999-12-31T23:59:59Z"', "<invalid>"),
        ("date", b"7", None),
    ],
)
def test_a_cell_of_another_type_prints_only_what_is_of_it(wanted: str, raw: bytes, cell: object) -> None:
    column = PrinterColumn("X", wanted, ("status", "x"))
    body = b'{"metadata":{"name":"n"},"status":{"x":%s}}' % raw
    assert table.cells(table.split(body), [column], START + 10) == ["n", cell]


@pytest.mark.parametrize("status", [b"null", b'"x"', b"[1]", b"{}", b'{"phase":{}}'])
def test_what_is_not_there_is_an_empty_cell(status: bytes) -> None:
    column = PrinterColumn("X", "string", ("status", "phase", "deep"))
    body = b'{"metadata":{"name":"n"},"status":%s}' % status
    assert table.cells(table.split(body), [column], 0) == ["n", None]


def test_an_object_nested_deeper_than_a_decoder_goes_is_a_row_as_well() -> None:
    body = b'{"metadata":{"name":"n"},"status":{"phase":"Failed"},"spec":' + b"[" * 9_000 + b"]" * 9_000 + b"}"
    assert table.cells(table.split(body), WORKFLOW.printer_columns, 0)[:2] == ["n", "Failed"]
