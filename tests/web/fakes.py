"""A store, an exposition and a site to ask, all in memory, and a server for them on a free port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import msgspec

from exporter.kinds.workflow import WORKFLOW
from exporter.kube.objects import Key, Resource
from exporter.metrics.text import Format
from exporter.store.delta import Record
from exporter.web.address import Address
from exporter.web.guard import Guard
from exporter.web.server import Server
from exporter.web.site import Site
from exporter.web.sources import Check, Freshness, Index, Served, Snapshot, Store

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
PATH = "/apis/argoproj.io/v1alpha1/namespaces"


class Damaged(Exception):
    """A body that cannot be decoded."""


class FakeStore:
    """Keeps bodies as they are; ``damaged`` ones cannot be read."""

    def __init__(self, bodies: Mapping[str, bytes] | None = None) -> None:
        self.damaged: set[bytes] = set()
        self.records = {
            Key(key): Record(f"uid-{key}", str(100 + place), body, (), None)
            for place, (key, body) in enumerate((bodies or {}).items())
        }

    def get(self, key: Key) -> Record | None:
        return self.records.get(key)

    def body(self, record: Record) -> bytes:
        if record.body in self.damaged:
            raise Damaged("not what was written")
        return record.body

    index_names: tuple[str, ...] = ()

    def index(self, name: str) -> Index:
        raise KeyError(name)

    def version_of(self, namespace: str | None) -> str:
        return "4711"

    def stamp(self, namespace: str | None) -> str:
        return "4711"

    def snapshot(
        self,
        *,
        namespace: str | None = None,
        after: Key | None = None,
        among: Iterable[Key] | None = None,
        limit: int | None = None,
    ) -> Snapshot:
        raise AssertionError("lists are asked of a store that is not a fake")


class FakeExposition:
    """Says in which form and for which names it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[bool, frozenset[str]]] = []
        self.chunks: Iterable[bytes] = [b"# TYPE up gauge\n", b"up 1\n"]
        self.broken = False

    def render(self, fmt: Format, names: frozenset[str]) -> Iterable[bytes]:
        self.asked.append((fmt.openmetrics, names))
        if self.broken:
            raise ValueError("no\nnumbers")
        return self.chunks


class World:
    """Everything behind a site; change it and ask again."""

    def __init__(self) -> None:
        self.store: FakeStore = FakeStore()
        self.real: Store | None = None
        """Takes the fake's place where lists are asked."""
        self.namespaces: tuple[str, ...] = ()
        self.now = 1_800_000_000.0
        self.waiting = asyncio.Event()
        self.caught_up = asyncio.Event()
        self.waited_for: list[tuple[str, str | None]] = []
        self.exposition = FakeExposition()
        self.freshness = Freshness(1.9)
        self.checks: tuple[Check, ...] = (Check("workflows.argoproj.io"),)

    def site(self, *, lookup: bool = True, telemetry_path: str = "/metrics", guard: Guard | None = None) -> Site:
        served = (self.served(),) if lookup else ()
        return Site(self.exposition, lambda: self.checks, None, served, telemetry_path, guard)

    def served(self) -> Served:
        return Served(
            WORKFLOWS,
            "workflow",
            ("wf",),
            columns=WORKFLOW.printer_columns,
            fields=WORKFLOW.fields,
            namespaces=self.namespaces,
            store=self.store if self.real is None else self.real,
            ask_freshness=lambda: self.freshness,
            wait_version=self.wait_version,
            now=lambda: self.now,
        )

    async def wait_version(self, version: str, namespace: str | None = None) -> None:
        self.waited_for.append((version, namespace))
        self.waiting.set()
        await self.caught_up.wait()


class Reply(msgspec.Struct, frozen=True):
    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def status(self) -> dict[str, object]:
        """The body as a Status."""
        found = msgspec.json.decode(self.body, type=dict[str, object])
        assert found["kind"] == "Status"
        assert found["code"] == self.code
        return found


class Client:
    """Speaks HTTP/1.1 by hand, so that targets and headers arrive exactly as written."""

    def __init__(self, address: Address) -> None:
        self.address = address

    async def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        lines = {"Host": "localhost", "Connection": "close", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if method == "POST":
            lines.setdefault("Content-Length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        raw = f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body
        return read_reply(await self.exchange(raw), chunkless=method == "HEAD")

    async def exchange(self, raw: bytes) -> bytes:
        """Everything the server says to these bytes until it closes."""
        reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        try:
            writer.write(raw)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


def read_reply(raw: bytes, *, chunkless: bool = False) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked" and not chunkless:
        body = b"".join(read_chunks(body))
    return Reply(int(first.split()[1]), headers, body)


def read_chunks(body: bytes) -> list[bytes]:
    """The chunks of a whole chunked body; fails when it was cut off."""
    chunks: list[bytes] = []
    while True:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return chunks
        chunks.append(rest[:length])
        body = rest[length + 2 :]


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Client]:
    server = Server(site)
    await server.start([Address("127.0.0.1", 0)])
    try:
        yield Client(server.addresses[0])
    finally:
        await server.stop(5)


def keys(count: int, name: Callable[[int], str] = "a/w{}".format) -> list[dict[str, str]]:
    return [{"key": name(place)} for place in range(count)]
