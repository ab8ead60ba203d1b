"""Templates are counted and kept for lookups; nothing in them matters."""

import msgspec
import pytest

from exporter.kinds.kind import Kind
from exporter.kinds.template import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE, read
from exporter.kube.errors import Malformed
from exporter.metrics.ledger import Ledger
from exporter.metrics.text import Format
from exporter.store.delta import Added, Deleted, Record, Synced
from tests.controlplane.argo import SHORT_NAMES


def body(name: str, namespace: str = "") -> bytes:
    metadata = {"name": name, "uid": name, "resourceVersion": "1"} | ({"namespace": namespace} if namespace else {})
    return msgspec.json.encode({"kind": "WorkflowTemplate", "metadata": metadata, "spec": {"templates": [7]}})


def shown(kind: Kind, bodies: list[bytes], gone: list[bytes]) -> list[str]:
    assert kind.accounting is not None
    ledger = Ledger(kind.accounting, since=lambda: 0)
    for one in bodies:
        ledger.apply(Added(kind.read(one).meta.key, record(kind, one)))
    ledger.apply(Synced())
    for one in gone:
        ledger.apply(Deleted(kind.read(one).meta.key, record(kind, one), record(kind, one)))
    text = b"".join(ledger.slices(Format.TEXT)).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def record(kind: Kind, one: bytes) -> Record:
    document = kind.read(one)
    return Record(document.meta.uid, "1", one, (), document.projection)


def test_templates_are_counted_in_each_namespace() -> None:
    bodies = [body("a", "blue"), body("b", "blue"), body("a", "red")]
    assert shown(WORKFLOW_TEMPLATE, bodies, [bodies[1], bodies[2]]) == [
        'argowf_workflowtemplates{namespace="blue"} 1',
        'argowf_workflowtemplates{namespace="red"} 0',
    ]


def test_cluster_templates_are_counted_together_without_a_label() -> None:
    bodies = [body("a"), body("b"), body("c")]
    assert shown(CLUSTER_WORKFLOW_TEMPLATE, bodies, bodies[:1]) == ["argowf_clusterworkflowtemplates 2"]


def test_all_templates_share_one_projection() -> None:
    assert read(body("a", "blue")).projection is read(body("b", "red")).projection


@pytest.mark.parametrize("wrong", [b"", b"[]", b"{}", b'{"metadata":{"namespace":"ns"}}', b'{"metadata"'])
def test_what_has_no_metadata_is_malformed(wrong: bytes) -> None:
    with pytest.raises(Malformed):
        read(wrong)


@pytest.mark.parametrize("kind", [WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE])
def test_they_are_named_as_their_definitions_name_them(kind: Kind) -> None:
    assert SHORT_NAMES[kind.resource.plural] in kind.short_names
    assert kind.singular == kind.resource.kind.lower()
    assert [column.name for column in kind.printer_columns] == ["Age"]
