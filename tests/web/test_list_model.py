"""Any list, of any store, under any question, is what a plain filter over the objects gives."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.kube.selector import parse
from tests.web.fakes import PATH, serving
from tests.web.kept import ALL, Kept, pages

NAMESPACES = ("a", "a-b", "b")
NAMES = ("w", "w-1", "w.1", "w0", "x")
PHASES = (None, "Running", "Failed")
LABELS = st.dictionaries(st.sampled_from(["team", "n"]), st.sampled_from(["", "1", "2", "10"]), max_size=2)
LABEL_SELECTORS = st.lists(
    st.sampled_from(
        ["team", "!team", "team=1", "team!=1", "team in (1,2)", "team notin (,1)", "n=2", "n>1", "n<10", "n in (1,)"]
    ),
    max_size=3,
)
FIELD_SELECTORS = st.lists(
    st.sampled_from(
        [
            "metadata.name=w",
            "metadata.name!=w",
            "metadata.namespace=a",
            "metadata.namespace!=b",
            "status.phase=Running",
            "status.phase!=Failed",
            "status.phase=",
        ]
    ),
    max_size=2,
)
OBJECTS = st.dictionaries(
    st.tuples(st.sampled_from(NAMESPACES), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(PHASES), LABELS, st.dictionaries(st.just("trace"), st.sampled_from(["", "1"]))),
)

Thing = tuple[str | None, dict[str, str], dict[str, str]]


def is_meant(key: tuple[str, str], thing: Thing, labels: list[str], fields: list[str], trace: str | None) -> bool:
    """Whether an object meets the conditions, written anew from the documentation."""
    phase, own_labels, annotations = thing
    values = {"metadata.namespace": key[0], "metadata.name": key[1], "status.phase": phase or ""}
    for term in fields:
        field, _, value = term.partition("=")
        if (values[field.rstrip("!")] == value) == field.endswith("!"):
            return False
    if trace is not None and annotations.get("trace") != trace:
        return False
    return all(requirement.accepts(own_labels.get(requirement.key)) for requirement in parse(",".join(labels)))


@settings(max_examples=150, deadline=None)
@given(
    things=OBJECTS,
    namespace=st.none() | st.sampled_from(NAMESPACES),
    conditions=st.tuples(LABEL_SELECTORS, FIELD_SELECTORS, st.none() | st.sampled_from(["", "1"])),
    limit=st.integers(1, 5),
)
def test_a_list_is_what_a_filter_gives(
    things: dict[tuple[str, str], Thing],
    namespace: str | None,
    conditions: tuple[list[str], list[str], str | None],
    limit: int,
) -> None:
    labels, fields, trace = conditions
    kept = Kept()
    for (place, name), (phase, own_labels, annotations) in things.items():
        kept.keep(place, name, phase=phase, labels=own_labels, annotations=annotations)
    wanted = [
        key
        for key, thing in sorted(things.items(), key=lambda item: "/".join(item[0]))
        if namespace in {None, key[0]} and is_meant(key, thing, labels, fields, trace)
    ]
    query = {"labelSelector": ",".join(labels), "fieldSelector": ",".join(fields)}
    if trace is not None:
        query["annotationSelector"] = f"trace={trace}"
    target = f"{PATH}/{namespace}/workflows" if namespace else ALL

    async def ask() -> tuple[list[tuple[str, str]], list[str]]:
        async with serving(kept.world.site()) as client:
            reply = await client.ask("GET", f"{target}?{urlencode(query)}")
            items: list[dict[str, Any]] = msgspec.json.decode(reply.body)["items"]
            whole = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in items]
            return whole, await pages(client, f"{target}?{urlencode(query)}", limit)

    whole, paged = asyncio.run(ask())
    assert whole == wanted
    assert paged == [name for _, name in wanted]
