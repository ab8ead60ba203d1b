"""CronWorkflows, regular and strange."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.kinds.cronworkflow import CRON_WORKFLOW, CronWorkflow, read
from exporter.kinds.cronworkflow.families import FAMILIES
from exporter.kube.errors import Malformed

REGULAR: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "CronWorkflow",
    "metadata": {
        "name": "nightly",
        "namespace": "ns",
        "uid": "u1",
        "resourceVersion": "7",
        "creationTimestamp": "2023-11-14T22:13:20Z",
    },
    "spec": {"schedules": ["0 3 * * *", "@hourly"], "timezone": "Europe/Berlin", "suspend": True},
    "status": {
        "active": [{"name": "nightly-1"}, {"name": "nightly-2"}],
        "lastScheduledTime": "2023-11-14T22:13:30Z",
        "succeeded": 5,
        "failed": 1,
        "phase": "Stopped",
        "conditions": [
            {"type": "SpecError", "status": "True", "message": "no such template"},
            {"type": "SubmissionError", "status": "False", "message": "was solved"},
        ],
    },
}


def changed(part: str, **values: object) -> bytes:
    return msgspec.json.encode({**REGULAR, part: {**REGULAR[part], **values}})


def projection(body: bytes) -> CronWorkflow:
    found: CronWorkflow = read(body).projection
    return found


def test_everything_there_is_to_know_is_read() -> None:
    document = read(msgspec.json.encode(REGULAR))
    assert document.problem is None
    assert document.meta.key == "ns/nightly"
    assert document.projection == CronWorkflow(
        schedules=("0 3 * * *", "@hourly"),
        timezone="Europe/Berlin",
        suspended=True,
        stopped=True,
        active=2,
        created=1_700_000_000,
        last_scheduled=1_700_000_010,
        succeeded=5,
        failed=1,
        conditions=("SpecError: no such template",),
    )


def test_a_new_one_has_no_status_yet() -> None:
    body = msgspec.json.encode({**REGULAR, "spec": {"schedule": "* * * * *"}, "status": None})
    assert read(body).problem is None
    assert projection(body) == CronWorkflow(schedules=("* * * * *",), created=1_700_000_000)


def test_the_list_of_schedules_counts_where_the_older_field_stands_beside_it() -> None:
    assert projection(changed("spec", schedule="5 5 * * *")).schedules == ("0 3 * * *", "@hourly")


def test_a_schedule_that_stands_there_twice_counts_once() -> None:
    twice = projection(changed("spec", schedules=["0 3 * * *", "@hourly", "0 3 * * *"]))
    assert twice.schedules == ("0 3 * * *", "@hourly")


@pytest.mark.parametrize(
    ("part", "values", "problem"),
    [
        ("spec", {"schedules": "0 3 * * *"}, "spec.schedules is not a list of texts"),
        ("spec", {"suspend": "yes"}, "spec.suspend is not true or false"),
        ("status", {"active": 3}, "status.active is not a list"),
        ("status", {"lastScheduledTime": "yesterday"}, "status.lastScheduledTime is not a time"),
        ("status", {"succeeded": "5"}, "status.succeeded is not a number"),
        ("status", {"conditions": [7]}, "status.conditions is not conditions"),
    ],
)
def test_what_is_of_another_type_is_named_and_left_out(part: str, values: dict[str, object], problem: str) -> None:
    document = read(changed(part, **values))
    assert document.problem == problem
    assert document.projection.timezone == "Europe/Berlin"


def test_a_spec_that_is_no_object_is_named() -> None:
    assert read(msgspec.json.encode({**REGULAR, "spec": "x"})).problem == "spec is not an object"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"metadata":{"namespace":"ns"}}', b'{"metadata":7}', b'{"metadata"']
)
def test_what_has_no_metadata_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
fields = st.dictionaries(st.sampled_from([*REGULAR["spec"], *REGULAR["status"], "schedule"]), anything)


@given(spec=fields, status=fields)
def test_nothing_in_spec_or_status_makes_it_malformed(spec: dict[str, Any], status: dict[str, Any]) -> None:
    document = read(msgspec.json.encode({**REGULAR, "spec": spec, "status": status}))
    assert document.meta.name == "nightly"
    assert isinstance(document.projection, CronWorkflow)


def test_everything_it_shows_is_among_its_families() -> None:
    assert CRON_WORKFLOW.families == FAMILIES


@pytest.mark.parametrize(
    ("text", "policy"),
    [("", "Allow"), ("Allow", "Allow"), ("Forbid", "Forbid"), ("Replace", "Replace"), ("x", "Other")],
)
def test_its_policy_is_one_of_a_few(text: str, policy: str) -> None:
    assert projection(changed("spec", concurrencyPolicy=text)).policy == policy


def test_an_expression_that_decides_makes_it_conditional() -> None:
    assert projection(changed("spec", when="{{= cronworkflow.failed < 3 }}")).conditional
    assert not projection(changed("spec")).conditional
