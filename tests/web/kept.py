"""A real store of workflows behind the site: what lists are asked of. Its codec lets go of what nobody keeps."""

import msgspec

from exporter.kinds.workflow import WORKFLOW
from exporter.kube.objects import Key
from exporter.store.codec import CodecError, IdentityCodec
from exporter.store.store import Writer
from tests.kinds.samples import workflow
from tests.store.counting import CountingCodec
from tests.web.fakes import Client, Reply, World

ALL = "/apis/argoproj.io/v1alpha1/workflows"
INDEXED, ANNOTATED = "team", "trace"
"""A label and an annotation that have indexes."""

Json = dict[str, object]


class FragileCodec(CountingCodec):
    """Counts what is decoded; ``damaged`` bodies cannot be, nor what was released while nobody had pinned it."""

    def __init__(self) -> None:
        super().__init__(IdentityCodec())
        self.damaged: set[bytes] = set()
        self.decoded = 0

    def decode(self, blob: bytes) -> bytes:
        body = super().decode(blob)
        if body in self.damaged:
            raise CodecError("not what was written")
        self.decoded += 1
        return body


class Kept:
    """A writer, what it was told last of each key, and a world whose site reads its store."""

    def __init__(self) -> None:
        indexes = WORKFLOW.index_functions([INDEXED], [ANNOTATED])
        self.codec = FragileCodec()
        self.writer = Writer(WORKFLOW.read, self.codec, indexes)
        self.bodies: dict[Key, bytes] = {}
        self.world = World()
        self.world.real = self.writer.store
        self._version = 100

    def keep(self, namespace: str, name: str, **details: object) -> bytes:
        """Store a workflow, or its next version."""
        self._version += 1
        annotations = details.pop("annotations", None)
        body = workflow(namespace, name, uid=f"u-{namespace}-{name}", version=self._version, **details)  # type: ignore[arg-type]
        if annotations is not None:
            whole = msgspec.json.decode(body)
            whole["metadata"]["annotations"] = annotations
            body = msgspec.json.encode(whole)
        self.writer.apply(None, body)
        self.bodies[Key(f"{namespace}/{name}")] = body
        return body

    def drop(self, namespace: str, name: str) -> None:
        """Delete a workflow."""
        self._version += 1
        self.writer.delete(None, workflow(namespace, name, uid=f"u-{namespace}-{name}", version=self._version))
        del self.bodies[Key(f"{namespace}/{name}")]


def names(reply: Reply) -> list[str]:
    """The names in a list, in its order."""
    assert reply.code == 200, reply.body
    return [item["metadata"]["name"] for item in msgspec.json.decode(reply.body)["items"]]


def metadata(reply: Reply) -> Json:
    """What a list says about itself."""
    found: Json = msgspec.json.decode(reply.body)["metadata"]
    return found


async def pages(client: Client, target: str, limit: int) -> list[str]:
    """The names of all pages of a list."""
    found: list[str] = []
    token = ""
    while True:
        reply = await client.ask("GET", f"{target}{'&' if '?' in target else '?'}limit={limit}&continue={token}")
        here = names(reply)
        assert len(here) <= limit
        found += here
        token = str(metadata(reply).get("continue", ""))
        if not token:
            return found
        assert len(here) == limit
