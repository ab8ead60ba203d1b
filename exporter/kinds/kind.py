"""What a kind is: its resource, how its objects are read, found and printed, and what they amount to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.kube.fields import Field
from exporter.kube.objects import PrinterColumn, Resource
from exporter.metrics.accounting import Accounting
from exporter.metrics.family import Family
from exporter.metrics.roll import Portrayal
from exporter.store.delta import Document, ReadDocument
from exporter.store.index import IndexFunction, annotation_index, label_index


@dataclass(frozen=True, slots=True)
class Order:
    """Some of a kind's objects, in an order that people look at: those that run by their age, for one."""

    place: Callable[[Any], int | None]
    """The number by which a projection is sorted, the least first; None for one that is not among them."""
    tag: Callable[[Any], str] | None = None
    """Under which word one that is among them is counted; the words are few."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A watched kind of object. All of it is pure: no I/O, no state, no clock."""

    resource: Resource
    read: ReadDocument
    """Total for every JSON object whose metadata can be read; raises ``Malformed`` for anything else."""
    projection: type = object
    """What ``read`` projects an object to: a msgspec struct, where projections are to be kept over a restart."""
    accounting: Accounting | None = None
    """What the objects amount to; None for a kind that has no families."""
    portrayal: Portrayal | None = None
    """What each object shows by itself; None for a kind of which there may be many."""
    indexes: Mapping[str, IndexFunction] = field(default_factory=dict)
    """The index functions that come with the kind, by the name of their index."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    """What field selectors may ask for beyond the name and the namespace, by the path of the field."""
    printer_columns: tuple[PrinterColumn, ...] = ()
    """What ``kubectl get`` prints of an object, in this order, after its name."""
    singular: str = ""
    short_names: tuple[str, ...] = ()
    """What else the resource is called on a command line."""
    categories: tuple[str, ...] = ()
    """Groups of resources that it is listed with, such as ``all``."""
    orders: Mapping[str, Order] = field(default_factory=dict)
    """By name, for the live page."""
    sizes: Family | None = None
    """The histogram of the sizes of the objects' bodies as they came, which the store counts; without labels."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that the kind's objects are counted or shown in, that of their sizes included."""
        columns = self.accounting.columns if self.accounting else ()
        counted = dict.fromkeys(column.family for column in columns)
        shown = self.portrayal.families if self.portrayal else ()
        return (*counted, *shown, self.sizes) if self.sizes else (*counted, *shown)

    def index_functions(self, labels: Iterable[str] = (), annotations: Iterable[str] = ()) -> dict[str, IndexFunction]:
        """Give the index functions by name: the kind's own, ``label:<key>`` and ``annotation:<key>`` for each asked.

        The index by namespace is not among them; every store has it.
        """
        by_label = {label_index(key): label_values(key) for key in labels}
        by_annotation = {annotation_index(key): annotation_values(key) for key in annotations}
        return {**self.indexes, **by_label, **by_annotation}


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
