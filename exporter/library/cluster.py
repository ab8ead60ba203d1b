"""The door: credentials are found, and each informer lives exactly as long as its block."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, overload

from exporter.informer.informer import Informer, Subject
from exporter.informer.source import Source, Timing, Tools
from exporter.kube import selector
from exporter.kube.auth import find_credentials
from exporter.kube.client import Client
from exporter.library import naming
from exporter.library.reading import IndexFunction, Reader
from exporter.library.watched import Watched
from exporter.store.codec import ZstdCodec
from exporter.store.store import NAMESPACE

T = TypeVar("T")


class Cluster:
    """One API server; makes informers of its resources. ``connect`` gives one for real use.

    Each informer keeps a cache and a watch of its own: make one for each resource, and let everybody use that.
    """

    def __init__(self, source: Source, tools: Tools | None = None) -> None:
        self._source = source
        self._tools = tools

    @overload
    def informer(
        self,
        resource: str,
        *,
        namespaces: str | Iterable[str] = (),
        label_selector: str = "",
        indexes: Mapping[str, IndexFunction[dict[str, Any]]] | None = None,
    ) -> AbstractAsyncContextManager[Watched[dict[str, Any]]]: ...

    @overload
    def informer(
        self,
        resource: str,
        *,
        type: type[T],
        namespaces: str | Iterable[str] = (),
        label_selector: str = "",
        indexes: Mapping[str, IndexFunction[T]] | None = None,
    ) -> AbstractAsyncContextManager[Watched[T]]: ...

    def informer(
        self,
        resource: str,
        *,
        type: type[Any] = dict,  # noqa: A002 - as msgspec calls it
        namespaces: str | Iterable[str] = (),
        label_selector: str = "",
        indexes: Mapping[str, IndexFunction[Any]] | None = None,
    ) -> AbstractAsyncContextManager[Watched[Any]]:
        """Keep a resource in memory while the block runs; listing begins when it is entered.

        ``resource`` is written ``v1/pods`` or ``apps/v1/deployments``; no ``namespaces`` means all of them. Objects
        are dicts, or of a ``type`` that msgspec can decode: a Struct, a dataclass, a TypedDict with the few members
        that are wanted. ``indexes`` are looked up with ``find``.

        Nothing that the API server answers is raised from here: the informer tries again for as long as the block
        runs, ``state`` and ``reason`` say why it is not live, and ``wait_synced`` gives up when told to.

        Raises:
            ValueError: a resource, a namespace or an index cannot have this name.
            BadSelector: a ValueError as well; the API server would refuse the label selector.
            TypeError: msgspec decodes nothing into such a type.
        """
        named = naming.resource(resource)
        selector.parse(label_selector)
        if indexes and NAMESPACE in indexes:
            raise ValueError(f"the index {NAMESPACE!r} is always there")
        reader: Reader[Any] = Reader(type, indexes or {})
        informer = Informer(
            self._source,
            Subject(named, reader.document, reader.indexes),
            ZstdCodec(),
            namespaces=naming.namespaces(namespaces),
            label_selector=label_selector,
            timing=Timing(resync=0),
            tools=self._tools,
        )
        return _running(informer, Watched(named, informer, reader))


@asynccontextmanager
async def connect(kubeconfig: str | None = None, context: str | None = None) -> AsyncIterator[Cluster]:
    """Find the credentials and give the cluster they are for; the API server is not asked yet.

    The kubeconfig that is named, or those of KUBECONFIG, or ~/.kube/config, or the service account of the pod.

    Raises:
        NoCredentials: there are none, and none were named.
        Misconfigured: what was found cannot be used; the message names the file.
    """
    credentials = find_credentials(kubeconfig, context)
    await credentials.current()
    async with Client(credentials) as client:
        yield Cluster(client)


@asynccontextmanager
async def _running(informer: Informer, watched: Watched[T]) -> AsyncIterator[Watched[T]]:
    """Run an informer beside the block; if it fails, the block is cancelled and the failure raised."""
    failure: BaseException
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(informer.run(), name=f"informer {watched.resource.name}")
            try:
                yield watched
            finally:
                watched.stop()
                task.cancel()
    except BaseExceptionGroup as failures:
        # One failure comes out as itself: that a task group is at work here is nobody's concern.
        failure = failures.exceptions[0] if len(failures.exceptions) == 1 else failures
    else:
        return
    raise failure
