"""Workflows as odd as an API server takes them, in two namespaces, for everyone who compares answers about them."""

from datetime import UTC, datetime, timedelta

from exporter.kube.objects import Resource
from tests.cluster.workflows import workflow
from tests.controlplane import accounts
from tests.controlplane.accounts import NAMESPACES
from tests.controlplane.admin import CONFLICT, Admin, Object, Refused
from tests.controlplane.argo import CRON_WORKFLOWS, WORKFLOWS

FIRST, SECOND, EMPTY = "dialect-first", "dialect-second", "dialect-empty"
"""Namespaces: of the odd ones, of a few more, of none."""

UNICODE = "ünïcödé 漢字 🚀 e\u0301 \u2028 \u0007 \x7f"
MANY_LABELS = {f"example.com/label-{number:02}": f"value-{number}" for number in range(40)}
NOW = datetime.now(UTC)
STARTS: tuple[object, ...] = (
    *(NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), (NOW - timedelta(days=3, hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")),
    *("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", NOW.strftime("%Y-%m-%dT%H:%M:%S.123456Z")),
    *((NOW - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"), None, "soon", "", 7, "2020-01-01", {}, "null"),
    *("2020-01-01T00:00:00", "2020-01-01 00:00:00Z", "0001-01-01T00:00:00Z", "20200101T000000Z", "2020-W01-1"),
)
"""What stands where the start of a workflow should: its age is reckoned from it."""

MESSAGES = {
    "lines": 'first "line"\nsecond\r\n\tthird',
    "null-message": None,
    "unicode": UNICODE,
    "escapes": '\\ " / <&> %s {{x}}',
    "long-message": "long " * 60,
    "number": 7,
    "float": 1.5,
    "small": [1e-7, 0.000001, 1e21, 1e-10, 0.5],
    "large-number": 12345678901234567,
    "boolean": True,
    "object": {"b": [1, {"c": None}], "a": "x"},
    "list": ["x", None, ["y"]],
    "empty-list": [],
    "empty": "",
    "blanks": "  around  ",
}
"""What stands as a message, and in half of them as a phase too, by the workflow's name."""


def put(admin: Admin) -> None:
    """Put everything there that is not there yet."""
    for namespace in (FIRST, SECOND, EMPTY):
        _unless_there(admin, namespace)
    for thing in (*_first(), *_second()):
        _create(admin, thing)
    for schedule in ("hourly", "nightly"):
        _create(admin, _cron(schedule), CRON_WORKFLOWS)
    admin.delete(WORKFLOWS, "leaving", FIRST)  # its finalizer keeps it


def _first() -> list[Object]:
    return [
        *(_with_status(name, message, place) for place, (name, message) in enumerate(MESSAGES.items())),
        workflow(FIRST, "without-status"),
        workflow(FIRST, "status-is-text") | {"status": "Running"},
        workflow(FIRST, "status-is-null") | {"status": None},
        workflow(FIRST, "a.name.with-dots"),
        workflow(FIRST, "many-labels", "Running", MANY_LABELS),
        _annotated(),
        _owned(),
        workflow(FIRST, "leaving", "Running") | {"metadata": _metadata("leaving", finalizers=["example.com/stay"])},
        {"apiVersion": WORKFLOWS.api_version, "kind": "Workflow", "metadata": _metadata("bare")},
    ]


def _second() -> list[Object]:
    phases = ("", "Pending", "Running", "Succeeded", "Failed", "Error")
    return [
        workflow(SECOND, f"number-{place}", phase, {"team": "red" if place % 2 else "blue", "n": str(place)})
        for place, phase in enumerate(phases)
    ]


def _with_status(name: str, message: object, place: int) -> Object:
    labels = {"team": "red" if place % 3 else "blue", "kind": "odd"}
    return workflow(FIRST, name, labels=labels) | {
        "status": {
            "phase": message if place % 2 else "Failed",
            "message": message,
            "startedAt": STARTS[place % len(STARTS)],
        }
    }


def _annotated() -> Object:
    thing = workflow(FIRST, "annotated", "Succeeded")
    thing["metadata"]["annotations"] = {"example.com/note": UNICODE, "lines": "one\ntwo\n", "empty": ""}
    return thing


def _owned() -> Object:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "5f5b2a1e-0000-4000-8000-000000000000"}
    thing = workflow(FIRST, "owned", "Pending")
    thing["metadata"]["ownerReferences"] = [{**owner, "controller": True, "blockOwnerDeletion": True}]
    return thing


def _metadata(name: str, **more: object) -> Object:
    return {"name": name, "namespace": FIRST, **more}


def _unless_there(admin: Admin, namespace: str) -> None:
    try:
        admin.get(NAMESPACES, namespace)
    except Refused:
        accounts.create_namespace(admin, namespace)


def _cron(name: str) -> Object:
    spec = {"schedules": [f"@{name}"], "workflowSpec": {"entrypoint": "main"}}
    return {
        "apiVersion": CRON_WORKFLOWS.api_version,
        "kind": CRON_WORKFLOWS.kind,
        "metadata": _metadata(name, labels={"team": "red"}),
        "spec": spec,
    }


def _create(admin: Admin, thing: Object, resource: Resource = WORKFLOWS) -> None:
    try:
        admin.create(resource, thing)
    except Refused as refused:
        if refused.code != CONFLICT:
            raise
