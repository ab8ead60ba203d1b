"""docs/library.md is true: its blocks run in order against a real API server, and print what the page shows."""

import ast
import asyncio
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from inspect import CO_COROUTINE
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec
import pytest

from exporter.kube.objects import Resource
from exporter.library import connect
from tests.controlplane import accounts
from tests.controlplane.admin import Object
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster

PAGE = Path(__file__, "../../../docs/library.md").resolve()
PODS = Resource("", "v1", "pods", "Pod")
SHOP = "shop"

_FENCES = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(msgspec.Struct, frozen=True):
    """One block of Python on the page, and what it is shown to print."""

    line: int
    """Of the page, on which its code begins."""
    code: str
    shown: str

    def compiled(self) -> CodeType:
        """The code, with its line numbers those of the page; it may await anywhere."""
        padded = "\n" * (self.line - 1) + self.code
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code: CodeType = compile(padded, str(PAGE), "exec", flags=flags, dont_inherit=True)
        return code


def _blocks(page: str) -> Iterator[Block]:
    fences = list(_FENCES.finditer(page))
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence[1] == "python":
            shown = following[2] if following is not None and following[1] == "text" else ""
            yield Block(page[: fence.start(2)].count("\n") + 1, fence[2], shown)


def _pod(name: str, image: str, node: str) -> Object:
    container = {"name": "main", "image": image}
    return {
        "metadata": {"name": name, "namespace": SHOP},
        "spec": {"containers": [container], "nodeName": node, "automountServiceAccountToken": False},
    }


def _workflow(name: str, namespace: str) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": WORKFLOWS.api_version, "kind": WORKFLOWS.kind, "metadata": metadata}


@pytest.fixture
def shop(control_plane: Cluster) -> Cluster:
    """The namespace that the page speaks of."""
    accounts.create_namespace(control_plane.admin, SHOP)
    for name, image, node in (
        ("web-1", "nginx:1.29", "worker-1"),
        ("web-2", "nginx:1.29", "worker-2"),
        ("db-0", "postgres:17", "worker-1"),
    ):
        control_plane.admin.create(PODS, _pod(name, image, node))
    return control_plane


async def _run(block: Block, names: dict[str, Any]) -> str:
    """Run a block where ``cluster`` is known, and give what it printed."""
    code = block.compiled()
    with redirect_stdout(io.StringIO()) as printed:
        result = eval(code, names)
        if code.co_flags & CO_COROUTINE:
            await result
    return printed.getvalue()


async def test_the_page_is_true(shop: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    kubeconfig = str(shop.kubeconfig())
    monkeypatch.setenv("KUBECONFIG", kubeconfig)
    program, *others = _blocks(PAGE.read_text())
    command = [sys.executable, "-c", program.code]
    environ = os.environ | {"KUBECONFIG": kubeconfig}
    ran = await asyncio.to_thread(
        subprocess.run, command, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == (program.shown, "", 0)
    async with connect() as cluster:
        names: dict[str, Any] = {"cluster": cluster, "asyncio": asyncio}
        try:
            for block in others:
                assert await _run(block, names) == block.shown, f"the block at line {block.line}"
        finally:
            await names["api"].close()


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
