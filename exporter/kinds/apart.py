"""Takes an object apart member by member, for kinds whose fields may be of any type; what does not fit is named."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from exporter.kube.errors import Malformed
from exporter.kube.objects import Meta
from exporter.kube.wire import members

NULL = b"null"

LONGEST_TIME = 64
"""Characters of the longest text that is tried as a time."""

NOT_AS_TYPED = (msgspec.ValidationError, UnicodeDecodeError, RecursionError)
"""What a typed decoder raises for JSON that is of another type, or too deep for it.

NB ``msgspec.ValidationError`` is a ``DecodeError``, which also stands for what is not JSON at all.
"""

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_metas = msgspec.json.Decoder(Meta)
_META_MEMBERS = tuple(field.encode_name for field in msgspec.structs.fields(Meta) if field.name != "managed_fields")


def cut(raw: bytes) -> dict[str, bytes]:
    """Cut an object into its members by name.

    Raises:
        Malformed: it is no object.
        UnicodeDecodeError: a name is no text.
    """
    try:
        return {name: bytes(value) for name, value in _members.decode(raw).items()}
    except (*NOT_AS_TYPED, msgspec.DecodeError):
        # What nests deeper than a decoder follows is read by us: a hundred times as slowly.
        return members(raw)


def read_meta(raw: bytes) -> Meta:
    """Read ``metadata``, but only the members that are wanted, and without managedFields, which nest without end.

    Raises:
        Malformed: they cannot be read.
    """
    parts = cut(raw)
    wanted = b",".join(b'"%s":%s' % (name.encode(), parts[name]) for name in _META_MEMBERS if name in parts)
    try:
        return _metas.decode(b"{%s}" % wanted)
    except (*NOT_AS_TYPED, msgspec.DecodeError) as error:
        raise Malformed(f"metadata that cannot be read ({error})") from error


def read_members(name: str, raw: bytes, problems: list[str]) -> dict[str, bytes]:
    """Cut an object into its members; anything else but null is a problem, and has none."""
    if raw[:1] == b"{":
        return cut(raw)
    if raw != NULL:
        problems.append(f"{name} is not an object")
    return {}


def read_as(decoder: msgspec.json.Decoder[Any], name: str, article: str, raw: bytes, problems: list[str]) -> Any:
    """Read a value by its type; None for null, and for what is of another type, which is a problem as well.

    ``article`` says what it should be: ``"a text"``.
    """
    if raw == NULL:
        return None
    try:
        return decoder.decode(raw)
    except (*NOT_AS_TYPED, msgspec.DecodeError):
        problems.append(f"{name} is not {article}")
        return None


def read_time(name: str, text: str | None, problems: list[str]) -> int | None:
    """Read a time of RFC 3339 as epoch seconds; None for none, and for what is none, which is a problem as well."""
    if text is None:
        return None
    seconds = _seconds(text) if len(text) <= LONGEST_TIME else None
    if seconds is None:
        problems.append(f"{name} is not a time")
    return seconds


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int | None:
    # Each update of an object repeats its times; objects of the same second share one number.
    try:
        time = datetime.fromisoformat(text)
        return None if time.tzinfo is None else int(time.timestamp() // 1)
    except (ValueError, OverflowError):
        return None
