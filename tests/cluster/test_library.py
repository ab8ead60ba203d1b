"""docs/library.md is true: its programs run in order against a real API server, and print what the page shows."""

import asyncio
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
import yaml

from exporter.kube.objects import Resource
from exporter.library import connect
from tests.controlplane import accounts, argo
from tests.controlplane.admin import Object
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for

PAGE = Path(__file__, "../../../docs/library.md").resolve()
PODS = Resource("", "v1", "pods", "Pod")
ORDERS = Resource("shop.example.com", "v1", "orders", "Order")
KINDS = {resource.kind: resource for resource in (PODS, argo.DEFINITIONS)}
SHOP = "shop"

_FENCES = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HOLE = re.compile(r"^( *)\.\.\.\n", re.MULTILINE)


class Fence(msgspec.Struct, frozen=True):
    """What stands between two fences on the page."""

    line: int
    """Of the page, on which it begins."""
    language: str
    text: str


class Block(msgspec.Struct, frozen=True):
    """One block of Python on the page, and what it is shown to print."""

    line: int
    code: str
    shown: str

    def within(self, frame: "Block") -> "Block":
        """The program that a reader gets who puts this block in the place of the frame's dots."""
        (hole,) = _HOLE.finditer(frame.code)
        code = frame.code[: hole.start()] + textwrap.indent(self.code, hole[1]) + frame.code[hole.end() :]
        return Block(self.line, code, self.shown)


def _fences(page: str) -> list[Fence]:
    return [Fence(page[: found.start(2)].count("\n") + 1, found[1], found[2]) for found in _FENCES.finditer(page)]


def _blocks(page: str) -> Iterator[Block]:
    fences = _fences(page)
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence.language == "python":
            shown = following.text if following is not None and following.language == "text" else ""
            yield Block(fence.line, fence.text, shown)


def _workflow(name: str, namespace: str) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": WORKFLOWS.api_version, "kind": WORKFLOWS.kind, "metadata": metadata}


@pytest.fixture
def shop(control_plane: Cluster) -> Iterator[Cluster]:
    """The cluster that the page has its reader make, but for the workers."""
    admin = control_plane.admin
    accounts.create_namespace(admin, SHOP)
    (manifest,) = (fence for fence in _fences(PAGE.read_text()) if fence.language == "yaml")
    for thing in yaml.safe_load_all(manifest.text):
        resource = KINDS[thing["kind"]]
        admin.create(resource, thing)
    wait_for(partial(argo.is_served, admin, ORDERS), "orders to be served")
    yield control_plane
    argo.remove(admin, [ORDERS])


async def _run(program: str, kubeconfig: Path) -> tuple[str, str, int | None]:
    """Run a program as its reader would; give what it printed, what it complained of, and its exit code."""
    environ = os.environ | {"KUBECONFIG": str(kubeconfig)}
    command = [sys.executable, "-c", program]
    ran = await asyncio.to_thread(
        subprocess.run, command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return ran.stdout, ran.stderr, ran.returncode


async def test_the_page_is_true(shop: Cluster) -> None:
    program, frame, *others = _blocks(PAGE.read_text())
    for block in (program, frame, *(block.within(frame) for block in others)):
        assert await _run(block.code, shop.kubeconfig()) == (block.shown, "", 0), f"the block at line {block.line}"


async def test_a_custom_resource_is_kept_byte_for_byte_and_no_task_is_left(
    control_plane: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig()))
    async with connect() as cluster, cluster.informer("argoproj.io/v1alpha1/workflows", namespaces=namespace) as some:
        await some.wait_synced(timeout=30)
        made = control_plane.admin.create(WORKFLOWS, _workflow("a", namespace))
        await some.wait_version(made["metadata"]["resourceVersion"], timeout=30)
        assert some.raw(f"{namespace}/a") == control_plane.admin.read(WORKFLOWS, "a", namespace).rstrip(b"\n")
    assert len(asyncio.all_tasks()) == 1
