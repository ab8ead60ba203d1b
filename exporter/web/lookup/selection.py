"""Which objects meet a question: an index narrows where it can, everything else is looked at one by one.

What an index covers is read from the record's own terms, so only a condition on a label without an index costs the
decoding of a body.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import TypeAlias

import msgspec

from exporter.kube.errors import Malformed
from exporter.kube.fields import Term
from exporter.kube.objects import Key, key_of, split_key
from exporter.kube.quoting import quoted
from exporter.kube.selector import Operator, Requirement, matches
from exporter.kube.wire import members
from exporter.store.delta import Record
from exporter.store.index import annotation_index, label_index
from exporter.store.store import NAMESPACE as NAMESPACE_INDEX
from exporter.web.answers import bad_request
from exporter.web.lookup.question import Question
from exporter.web.sources import Served

Test: TypeAlias = Callable[[Key, Record], bool]
"""Whether an object meets one condition that needs no body."""

NAME, NAMESPACE = "metadata.name", "metadata.namespace"


class _Labelled(msgspec.Struct):
    labels: dict[str, str] | None = None


class _Object(msgspec.Struct):
    metadata: _Labelled


_objects = msgspec.json.Decoder(_Object)
_labels = msgspec.json.Decoder(dict[str, str] | None)


class Selection:
    """The conditions of one question, ready to be asked of many objects."""

    def __init__(self, served: Served, question: Question, namespace: str | None) -> None:
        """Prepare it.

        Raises:
            Refused: 400 a field that cannot be asked about, an annotation without an index.
        """
        self._store = served.store
        self._places = {name: place for place, name in enumerate(served.store.index_names)}
        self.namespace = _only_namespace(question.fields, namespace)
        """The namespace outside of which nothing can be found; None for all."""
        self._narrowed: list[tuple[str, tuple[str, ...]]] = []
        self._names = [term.value for term in question.fields if term.field == NAME and term.equal]
        self._tests: list[Test] = [_field_test(served, term) for term in dict.fromkeys(question.fields)]
        self._tests += [self._annotation_test(key, value) for key, value in question.annotations]
        self._unindexed: list[Requirement] = []
        # How many conditions are met by exactly what an index gives for their values.
        self._given_by_index = len(question.annotations)
        for requirement in dict.fromkeys(question.labels):
            self._add_requirement(requirement)
        self._narrowed += [
            (served.fields[term.field].index, (term.value,))
            for term in question.fields
            if term.equal and term.value and term.field in served.fields and served.fields[term.field].index
        ]

    @property
    def is_whole(self) -> bool:
        """Whether every object of the namespace is meant."""
        return not (self._tests or self._unindexed)

    @property
    def is_one(self) -> bool:
        """Whether one key alone can be meant: a name in a namespace."""
        return bool(self._names) and self.namespace is not None

    @property
    def is_indexed(self) -> bool:
        """Whether an index gives exactly what is meant: one condition, on a label or an annotation that has one."""
        return self._given_by_index == self.conditions == 1

    @property
    def conditions(self) -> int:
        """How many conditions each object is held against."""
        return len(self._tests) + len(self._unindexed)

    def candidates(self) -> Collection[Key] | None:
        """A part of the store that holds everything meant; None for all of it. Not a copy."""
        if self._names:
            return self._named()
        sizes = [(sum(map(self._store.index(index).count, values)), index, values) for index, values in self._narrowed]
        if not sizes:
            return None
        _, index, values = min(sizes)
        found = [self._store.index(index).keys(value) for value in values]
        return found[0] if len(found) == 1 else set(chain.from_iterable(found))

    def accepts(self, key: Key, record: Record, body: Callable[[Record], bytes]) -> bool:
        """Whether an object meets all conditions."""
        if not all(test(key, record) for test in self._tests):
            return False
        return not self._unindexed or matches(self._unindexed, labels_of(body(record)))

    def _named(self) -> set[Key]:
        name = self._names[0]
        if self.namespace is not None:
            return {key_of(self.namespace, name)}
        return {key_of(namespace, name) for namespace in self._store.index(NAMESPACE_INDEX).values()} | {Key(name)}

    def _add_requirement(self, requirement: Requirement) -> None:
        index = label_index(requirement.key)
        place = self._places.get(index)
        if place is None:
            self._unindexed.append(requirement)
            return
        self._tests.append(_indexed_test(place, requirement))
        if requirement.operator in {Operator.EQUAL, Operator.IN}:
            self._narrowed.append((index, requirement.values))
            self._given_by_index += 1

    def _annotation_test(self, key: str, value: str) -> Test:
        index = annotation_index(key)
        if index not in self._places:
            raise bad_request(f"annotation {key} has no index: annotationSelector needs --index.annotations={key}")
        place = self._places[index]
        self._narrowed.append((index, (value,)))
        return lambda _key, record: value in record.terms[place]


def _only_namespace(terms: Iterable[Term], namespace: str | None) -> str | None:
    named = (term.value for term in terms if term.field == NAMESPACE and term.equal)
    return namespace if namespace is not None else next(named, None)


def _indexed_test(place: int, requirement: Requirement) -> Test:
    accepts = requirement.accepts

    def test(_key: Key, record: Record) -> bool:
        values = record.terms[place]
        return accepts(values[0] if values else None)

    return test


def _field_test(served: Served, term: Term) -> Test:
    if term.field == NAME:
        return lambda key, _record: term.accepts(split_key(key)[1])
    if term.field == NAMESPACE:
        return lambda key, _record: term.accepts(split_key(key)[0])
    field = served.fields.get(term.field)
    if field is None:
        raise bad_request(f"field label not supported: {term.field}")
    if field.values and term.value not in field.values:
        known = ", ".join(map(quoted, field.values))
        raise bad_request(f"field {term.field}: expected one of {known}, not {quoted(term.value)}")
    return lambda _key, record: term.accepts(field.value(record.projection))


def labels_of(body: bytes) -> Mapping[str, str]:
    """Read the labels of an object; none where they cannot be read."""
    try:
        return _objects.decode(body).metadata.labels or {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _labels_apart(body)


def _labels_apart(body: bytes) -> Mapping[str, str]:
    """The labels of an object that is nested too deeply to be decoded."""
    try:
        raw = members(members(body)["metadata"]).get("labels", b"null")
        return _labels.decode(raw) or {}
    except (KeyError, Malformed, UnicodeDecodeError, msgspec.MsgspecError):
        return {}
