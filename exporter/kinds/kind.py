"""What a kind is: its resource, how its objects are read, by what they are found, what they amount to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from exporter.kube.objects import Resource
from exporter.metrics.family import Family
from exporter.metrics.ledger import Accounting
from exporter.store.delta import Document
from exporter.store.index import IndexFunction

ReadDocument: TypeAlias = Callable[[bytes], Document]
"""Reads an object's bytes. Total for every JSON object whose metadata can be read; ``Malformed`` for anything else."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A watched kind of object. All of it is pure: no I/O, no state, no clock."""

    resource: Resource
    read: ReadDocument
    accounting: Accounting
    indexes: Mapping[str, IndexFunction] = field(default_factory=dict)
    """The index functions that come with the kind, by the name of their index."""
    well_known_labels: tuple[str, ...] = ()
    """The labels that are indexed unless other ones are asked for."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that the kind's objects are counted in."""
        return tuple(dict.fromkeys(column.family for column in self.accounting.columns))

    def index_functions(
        self, labels: Iterable[str] | None = None, annotations: Iterable[str] = ()
    ) -> dict[str, IndexFunction]:
        """Give every index function by name: the kind's own, one for each label and one for each annotation.

        Without ``labels`` the well-known ones are taken. Names: ``namespace``, ``label:<key>``, ``annotation:<key>``.
        """
        keys = self.well_known_labels if labels is None else labels
        by_label = {f"label:{key}": label_values(key) for key in keys}
        by_annotation = {f"annotation:{key}": annotation_values(key) for key in annotations}
        return {"namespace": namespace_values, **self.indexes, **by_label, **by_annotation}


def namespace_values(document: Document) -> tuple[str, ...]:
    """Give an object's namespace, for an index; nothing for an object without one."""
    return (document.meta.namespace,) if document.meta.namespace else ()


def label_values(key: str) -> IndexFunction:
    """Give an index function by one label. An empty value is a value; a missing label is none."""

    def values(document: Document) -> tuple[str, ...]:
        labels = document.meta.labels
        return (labels[key],) if labels and key in labels else ()

    return values


def annotation_values(key: str) -> IndexFunction:
    """Give an index function by one annotation. An empty value is a value; a missing annotation is none."""

    def values(document: Document) -> tuple[str, ...]:
        annotations = document.meta.annotations
        return (annotations[key],) if annotations and key in annotations else ()

    return values
