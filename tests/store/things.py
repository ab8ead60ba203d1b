"""Objects for tests: a small kind of our own, its bytes, and how they are read."""

import msgspec

from exporter.kube.errors import Malformed
from exporter.kube.objects import Key, Meta, Resource, key_of
from exporter.store.delta import Document
from exporter.store.index import IndexFunction

THINGS = Resource("example.com", "v1", "things", "Thing")


class Seen(msgspec.Struct, frozen=True):
    """The projection: all that is read of a thing besides its metadata."""

    colour: str = ""


class _Thing(msgspec.Struct):
    metadata: Meta
    colour: str = ""


_things = msgspec.json.Decoder(_Thing)


def body(
    name: str = "a",
    version: int | str = 1,
    *,
    uid: str = "",
    namespace: str = "ns",
    colour: str = "red",
    pad: int | str = 0,
    created: str | None = None,
) -> bytes:
    """The bytes of a thing, as a server writes them; padded with a text, or with so many equal characters."""
    return msgspec.json.encode(
        {
            "apiVersion": THINGS.api_version,
            "kind": THINGS.kind,
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": uid or f"uid-of-{name}",
                "resourceVersion": str(version),
                "creationTimestamp": created,
            },
            "colour": colour,
            "pad": pad if isinstance(pad, str) else "x" * pad,
        }
    )


def read(data: bytes) -> Document:
    """The reader of the kind."""
    try:
        thing = _things.decode(data)
    except msgspec.MsgspecError as error:
        raise Malformed(f"not a thing ({error})") from error
    if not thing.metadata.name:
        raise Malformed("a thing without a name")
    problem = "too strange to read" if thing.colour == "strange" else None
    return Document(thing.metadata, Seen(thing.colour), thing.colour, problem)


def by_colour(document: Document) -> tuple[str, ...]:
    """An index function."""
    colour: str = document.projection.colour
    return (colour,) if colour else ()


def by_letters(document: Document) -> list[str]:
    """An index function that gives several values, some of them twice."""
    return list(document.projection.colour)


INDEXES: dict[str, IndexFunction] = {"colour": by_colour, "letters": by_letters}


def key(name: str, namespace: str = "ns") -> Key:
    """The key of a thing."""
    return key_of(namespace, name)
