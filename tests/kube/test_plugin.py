"""Exec plugins: real programs that answer, fail, babble and hang."""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from exporter.kube.auth import Credentials
from exporter.kube.errors import Misconfigured
from tests.kube.kubeconfigs import source, write

SECRET = "very-secret-token"
VERSION = "client.authentication.k8s.io/v1"
EXPIRES = 4_102_444_800.0  # 2100-01-01


def credential(**status: str) -> str:
    return json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": status})


def plugin(folder: Path, script: str, **section: Any) -> Path:
    """Write a plugin and a kubeconfig that runs it."""
    (folder / "plugin.py").write_text(script)
    user = {"command": sys.executable, "args": ["-S", str(folder / "plugin.py")], "apiVersion": VERSION} | section
    return write(folder, {"exec": user})


def printing(text: str) -> str:
    return f"print({text!r})"


async def complaint(path: Path, **options: float) -> str:
    with pytest.raises(Misconfigured) as caught:
        await source(path, dict(os.environ), **options).load()
    message = str(caught.value)
    assert SECRET not in f"{message} {caught.value.__cause__!r}"
    assert message.startswith(f"kubeconfig {path}, context dev: exec plugin ")
    assert "\n" not in message
    return message


async def test_the_token_of_a_plugin_is_used_until_it_expires(tmp_path: Path) -> None:
    path = plugin(tmp_path, printing(credential(token=SECRET, expirationTimestamp="2100-01-01T00:00:00Z")))
    grant = await source(path).load()
    assert grant.access.headers == (("Authorization", f"Bearer {SECRET}"),)
    assert grant.expires == EXPIRES
    assert SECRET not in repr(grant)


async def test_the_certificate_of_a_plugin_is_used(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("me@example.com")
    certificate, key = leaf.cert_chain_pems[0].bytes().decode(), leaf.private_key_pem.bytes().decode()
    path = plugin(tmp_path, printing(credential(clientCertificateData=certificate, clientKeyData=key)))
    access = (await source(path).load()).access
    assert access.tls is not None
    assert access.headers == ()


async def test_a_plugin_sees_its_environment_its_arguments_and_a_closed_input(tmp_path: Path) -> None:
    script = """
import json, os, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
said = [sys.stdin.read(), os.environ["WHO"], sys.argv[1], info["spec"]["interactive"], info["spec"]["cluster"]]
token = json.dumps(said).encode().hex()
print(json.dumps({"apiVersion": info["apiVersion"], "kind": info["kind"], "status": {"token": token}}))
"""
    path = plugin(tmp_path, script, env=[{"name": "WHO", "value": "me"}], provideClusterInfo=True)
    text = path.read_text()
    authority = trustme.CA().cert_pem
    authority.write_to_path(str(tmp_path / "ca.pem"))
    text = text.replace("server:", "certificate-authority: ca.pem\n    tls-server-name: inside\n    server:")
    path.write_text(text.replace("plugin.py", "plugin.py\n      - an argument"))
    access = (await source(path, {"PATH": os.environ["PATH"]}).load()).access
    said = json.loads(bytes.fromhex(access.headers[0][1].removeprefix("Bearer ")))
    cluster = said.pop()
    assert said == ["", "me", "an argument", False]
    assert base64.b64decode(cluster["certificate-authority-data"]) == authority.bytes()
    assert (cluster["server"], cluster["tls-server-name"]) == ("https://192.0.2.1:6443", "inside")


async def test_a_command_with_a_slash_is_relative_to_the_file(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "login"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho '{credential(token='t')}'\n")
    script.chmod(0o700)
    path = write(tmp_path, {"exec": {"command": "./bin/login", "apiVersion": VERSION}})
    assert (await source(path).load()).access.headers == (("Authorization", "Bearer t"),)


async def test_a_token_in_the_file_makes_the_plugin_unneeded(tmp_path: Path) -> None:
    path = write(tmp_path, {"token": "t", "exec": {"command": "/gone", "apiVersion": VERSION}})
    assert (await source(path).load()).access.headers == (("Authorization", "Bearer t"),)


async def test_a_plugin_that_fails_is_an_error_with_its_last_complaint(tmp_path: Path) -> None:
    script = f"import sys; print({SECRET!r}); print('a\\nplease log in', file=sys.stderr); sys.exit(3)"
    assert (await complaint(plugin(tmp_path, script))).endswith("ended with code 3: please log in")


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (SECRET, "did not print an ExecCredential"),
        ("", "did not print an ExecCredential"),
        ("[" * 10_000, "did not print an ExecCredential"),
        (json.dumps({"token": SECRET}), "did not print an ExecCredential"),
        (credential(token=SECRET, expirationTimestamp="soon"), "did not print an ExecCredential"),
        (credential(token=SECRET).replace("/v1", "/v1beta1"), f"did not print an ExecCredential of {VERSION}"),
        (credential(token=SECRET).replace("ExecCredential", "Other"), "did not print an ExecCredential of"),
        (credential(clientCertificateData=SECRET), "printed half"),
        (credential(token=""), "printed neither"),
        (credential(), "printed neither"),
    ],
)
async def test_what_is_no_credential_is_an_error_that_does_not_repeat_it(
    tmp_path: Path, output: str, says: str
) -> None:
    assert says in await complaint(plugin(tmp_path, printing(output)))


async def test_a_plugin_that_is_not_there_is_an_error_with_the_hint(tmp_path: Path) -> None:
    path = plugin(tmp_path, "", command="no-such-plugin", installHint="install it\n")
    assert "exec plugin no-such-plugin cannot be run: No such file or directory (install it)" in await complaint(path)


async def test_a_plugin_that_wants_a_terminal_is_not_run(tmp_path: Path) -> None:
    assert "wants a terminal" in await complaint(plugin(tmp_path, "", interactiveMode="Always"))


async def test_a_plugin_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    script = "import subprocess; subprocess.run(['sleep', '1000'])"
    assert "did not end within" in await complaint(plugin(tmp_path, script), plugin_time_limit=0.3)


async def test_a_plugin_that_complains_at_length_does_not_block(tmp_path: Path) -> None:
    script = f"import sys; sys.stderr.write('x' * 1_000_000); print({credential(token='t')!r})"
    assert (await source(plugin(tmp_path, script)).load()).access.headers


async def test_cancelling_kills_the_plugin(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "started")
    script = f"""
import os, time
with open({str(tmp_path / "started")!r}, "w") as started:
    started.write(str(os.getpid()))
time.sleep(1000)
"""
    task = asyncio.create_task(source(plugin(tmp_path, script)).load())
    pid = int(await asyncio.to_thread((tmp_path / "started").read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_refreshing_runs_the_plugin_again(tmp_path: Path) -> None:
    script = f"""
import json, pathlib
count = pathlib.Path({str(tmp_path / "count")!r})
count.write_text(count.read_text() + "x" if count.exists() else "x")
print(json.dumps({{"apiVersion": {VERSION!r}, "kind": "ExecCredential", "status": {{"token": count.read_text()}}}}))
"""
    credentials = Credentials(source(plugin(tmp_path, script)))
    first = await credentials.current()
    await credentials.refresh()
    second = await credentials.current()
    assert [access.headers[0][1] for access in (first, second)] == ["Bearer x", "Bearer xx"]
