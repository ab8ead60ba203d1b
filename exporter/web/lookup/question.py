"""What the query of a list asks for, read and refused as an API server does it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from exporter.kube.annotations import parse_annotation
from exporter.kube.fields import BadFields, Term
from exporter.kube.fields import parse as parse_fields
from exporter.kube.objects import Key
from exporter.kube.quoting import quoted
from exporter.kube.selector import BadSelector, Requirement
from exporter.kube.selector import parse as parse_labels
from exporter.web.answers import Cause, Details, Refused, bad_request, cut
from exporter.web.lookup.query import ANY_VERSION, Query, read_version

NOT_OLDER, EXACT = "NotOlderThan", "Exact"


T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """What a list is asked for."""

    labels: tuple[Requirement, ...] = ()
    fields: tuple[Term, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    """Keys and the values they must have."""
    limit: int = 0
    """Objects of one answer; 0 for all."""
    after: Key | None = None
    """Where the previous page ended."""
    version: str = ""
    """The resourceVersion that the answer must have reached; empty for whatever is there."""
    exact: bool = False
    """Whether it must be of this version and no later one."""
    patience: float | None = None
    """Seconds that the caller grants; None where it says nothing."""


class _Token(msgspec.Struct, frozen=True):
    """The place in a list at which the next page begins, as callers carry it."""

    v: str
    after: str


_TOKEN_VERSION = "informer-exporter/v1"  # noqa: S105 - the form of a place in a list, no secret
_tokens = msgspec.json.Decoder(_Token)


def token_after(key: Key) -> str:
    """Give the ``continue`` of a page that ended with this key."""
    return urlsafe_b64encode(msgspec.json.encode(_Token(_TOKEN_VERSION, key))).rstrip(b"=").decode()


def read_question(query: Query) -> Question:
    """Read the query of a list. Parameters that a list does not have are ignored; of a repeated one the first counts.

    Raises:
        Refused: 400 or 422, in an API server's words.
    """
    limit = max(0, query.number("limit"))
    patience = query.number("timeoutSeconds")
    labels = _read(parse_labels, query.text("labelSelector"))
    terms = _read(parse_fields, query.text("fieldSelector"))
    annotations = tuple(_read(parse_annotation, text) for text in query.all("annotationSelector"))
    token, asked, match = (query.text(name) for name in ("continue", "resourceVersion", "resourceVersionMatch"))
    if "sendInitialEvents" in query:
        raise _invalid("sendInitialEvents", "sendInitialEvents is forbidden for list")
    _check_match(match, asked, token)
    after = _read_token(token) if token else None
    if after is not None and asked not in ANY_VERSION:
        raise bad_request("specifying resource version is not allowed when using continue")
    version = read_version(asked, "invalid resource version: ")
    return Question(
        labels,
        terms,
        annotations,
        limit=limit,
        after=after,
        version=version,
        exact=match == EXACT and bool(version),
        patience=patience if patience > 0 else None,
    )


def _read(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except (BadSelector, BadFields) as error:
        raise bad_request(error.words) from error


def _check_match(match: str, version: str, token: str) -> None:
    where = "resourceVersionMatch"
    if match and token:
        raise _invalid(where, "resourceVersionMatch is forbidden when continue is provided")
    if match and not version:
        raise _invalid(where, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if match not in {"", EXACT, NOT_OLDER}:
        raise _unsupported(where, match, ("Exact", "NotOlderThan", ""))
    if match == EXACT and version == "0":
        raise _invalid(where, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')


def _read_token(text: str) -> Key:
    try:
        token = _tokens.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise bad_request("invalid continue token: it is not one of this exporter's") from error
    if token.v != _TOKEN_VERSION:
        raise bad_request("invalid continue token: it is not one of this exporter's")
    return Key(token.after)


def _invalid(field: str, problem: str) -> Refused:
    return _refused_options("FieldValueForbidden", f"Forbidden: {problem}", field)


def _unsupported(field: str, value: str, supported: Iterable[str]) -> Refused:
    listed = ", ".join(map(quoted, supported))
    return _refused_options(
        "FieldValueNotSupported", f"Unsupported value: {quoted(value)}: supported values: {listed}", field
    )


def _refused_options(reason: str, problem: str, field: str) -> Refused:
    details = Details(group="meta.k8s.io", kind="ListOptions", causes=(Cause(reason, cut(problem), field),))
    return Refused(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {field}: {problem}', details)
