"""The client and the credentials against a real API server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exporter.kube.auth import find_credentials
from exporter.kube.client import Client
from exporter.kube.errors import Forbidden, NotFound, Unauthorized
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from exporter.kube.wire import ADDED, read_frame
from tests.controlplane.cluster import Cluster

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
ABSENT = Resource("argoproj.io", "v1alpha1", "absences", "Absence")


@asynccontextmanager
async def client_of(kubeconfig: Path) -> AsyncIterator[Client]:
    async with Client(find_credentials(str(kubeconfig), environ={})) as client:
        yield client


def workflow(namespace: str, name: str) -> dict[str, object]:
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": WORKFLOWS.api_version, "kind": WORKFLOWS.kind, "metadata": meta, "spec": {}}


async def test_pages_and_frames_are_those_of_the_server(control_plane: Cluster, namespace: str) -> None:
    for name in ("a", "b", "c"):
        await asyncio.to_thread(control_plane.admin.create, WORKFLOWS, workflow(namespace, name))
    async with client_of(control_plane.kubeconfig()) as client:
        first = await client.list_page(WORKFLOWS, ListQuery(namespace, limit=2))
        rest = await client.list_page(WORKFLOWS, ListQuery(namespace, limit=2, token=first.token))
        names = [json.loads(bytes(item))["metadata"]["name"] for item in (*first.items, *rest.items)]
        assert (names, first.remaining, rest.token) == (["a", "b", "c"], 1, "")
        async with client.watch(WORKFLOWS, WatchQuery(rest.version, namespace)) as chunks:
            await asyncio.to_thread(control_plane.admin.create, WORKFLOWS, workflow(namespace, "d"))
            frame = read_frame((await asyncio.wait_for(anext(chunks), 30))[0])
        stored = await asyncio.to_thread(control_plane.admin.read, WORKFLOWS, "d", namespace)
        assert (frame.type, frame.object) == (ADDED, stored.strip())


async def test_refusals_of_the_server_are_told_apart(control_plane: Cluster, namespace: str) -> None:
    async with client_of(control_plane.kubeconfig()) as client:
        with pytest.raises(NotFound):
            await client.list_page(ABSENT, ListQuery())
    async with client_of(control_plane.kubeconfig("nobody")) as client:
        with pytest.raises(Forbidden, match=r"cannot list resource"):
            await client.list_page(WORKFLOWS, ListQuery(namespace))
    async with client_of(control_plane.kubeconfig(token="wrong")) as client:
        with pytest.raises(Unauthorized):
            await client.list_page(WORKFLOWS, ListQuery(namespace))
