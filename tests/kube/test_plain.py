"""Plain configurations against the library that knows every form of them: ``kubernetes.aio.config`` is the judge."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exporter.kube.auth import document, library, plain

PROGRAM = """
import asyncio, sys
from exporter.kube.auth import Kubeconfig
asyncio.run(Kubeconfig((sys.argv[1],), environ={}).load())
assert not [name for name in sys.modules if name.partition(".")[0] == "kubernetes"]
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    paths = {name: tmp_path / name for name in ("ca", "cert", "key")}
    for path in paths.values():
        path.touch()
    return {name: str(path) for name, path in paths.items()}


@pytest.mark.parametrize(
    "cluster",
    [
        {"server": "https://192.0.2.1:6443/prefix/"},
        {"server": "http://192.0.2.1", "proxy-url": "http://proxy:3128"},
        {"server": "https://192.0.2.1", "insecure-skip-tls-verify": True},
        {"server": "https://192.0.2.1", "insecure-skip-tls-verify": False, "tls-server-name": "inside"},
    ],
)
@pytest.mark.parametrize(
    "user",
    [
        {},
        {"token": "t"},
        {"token": "t", "username": "me", "password": "pw"},
        {"username": "me", "password": "pwé"},
        {"username": "me"},
    ],
)
@pytest.mark.parametrize("with_files", [False, True])
async def test_a_plain_configuration_means_what_the_library_takes_it_for(
    cluster: dict[str, Any], user: dict[str, Any], files: dict[str, str], *, with_files: bool
) -> None:
    if with_files:
        cluster = {**cluster, "certificate-authority": files["ca"]}
        user = {**user, "client-certificate": files["cert"], "client-key": files["key"]}
    theirs = await library.sign_in("test", document.for_library(cluster, user))
    assert plain.load_kubeconfig("test", cluster, user) == theirs


def test_reading_a_plain_kubeconfig_does_not_import_the_library(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], "
        "clusters: [{name: a, cluster: {server: 'https://192.0.2.1'}}], users: [{name: a, user: {token: t}}]}"
    )
    subprocess.run([sys.executable, "-c", PROGRAM, str(config)], check=True)
