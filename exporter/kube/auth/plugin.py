"""Exec plugins: a program on this machine that prints a token or a client certificate.

It is run without a terminal, its input closed, for a limited time; when that is over, or nobody waits any longer, it
is killed with everything it started. What it prints on its output is a secret and never part of a message.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from exporter.kube.errors import Misconfigured

TIME_LIMIT = 60.0
"""Seconds that a plugin may take."""

COMPLAINT_LIMIT = 200
"""Characters of a plugin's last line of complaint that are repeated."""


class Variable(msgspec.Struct, frozen=True):
    """One environment variable for the plugin."""

    name: str
    value: str = ""


class Exec(msgspec.Struct, frozen=True, rename="camel"):
    """A kubeconfig user's ``exec`` section."""

    command: str
    api_version: str
    args: list[str] | None = None
    env: list[Variable] | None = None
    install_hint: str | None = None
    interactive_mode: str | None = None
    provide_cluster_info: bool = False

    def __repr__(self) -> str:
        return f"Exec({self.command!r}, ...)"


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """What the plugin gives: a token, a client certificate with its key, or both."""

    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None

    @property
    def expires(self) -> float | None:
        """Seconds since the epoch, if the plugin said so."""
        moment = self.expiration_timestamp
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def __repr__(self) -> str:
        return "Credential(...)"


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    api_version: str
    kind: str
    status: Credential


_answers = msgspec.json.Decoder(_Answer)


async def run(
    plugin: Exec,
    source: str,
    *,
    cluster: Mapping[str, object],
    environ: Mapping[str, str],
    time_limit: float = TIME_LIMIT,
) -> Credential:
    """Run a plugin once.

    ``cluster`` is what the plugin is told about the server, if it wants to know.

    Raises:
        Misconfigured: it cannot be run, fails, takes too long, or prints something else than a credential.
    """
    source = f"{source}: exec plugin {plugin.command}"
    if plugin.interactive_mode == "Always":
        raise Misconfigured(f"{source} wants a terminal, and there is none")
    environment = {**environ, **{variable.name: variable.value for variable in plugin.env or ()}}
    environment["KUBERNETES_EXEC_INFO"] = _info(plugin, cluster)
    process = await _start(plugin, source, environment)
    try:
        async with asyncio.timeout(time_limit):
            output, complaint = await process.communicate()
    except TimeoutError:
        raise Misconfigured(f"{source} did not end within {time_limit:g} s") from None
    finally:
        await _end(process)
    if process.returncode != 0:
        raise Misconfigured(f"{source} ended with code {process.returncode}{_last_line(complaint)}")
    return _read(plugin, source, output)


def _info(plugin: Exec, cluster: Mapping[str, object]) -> str:
    spec: dict[str, object] = {"interactive": False}
    if plugin.provide_cluster_info:
        spec["cluster"] = cluster
    return msgspec.json.encode({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}).decode()


async def _start(plugin: Exec, source: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            plugin.command,
            *(plugin.args or ()),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its arguments are not usable"
        hint = f" ({plugin.install_hint.strip()[:COMPLAINT_LIMIT]})" if plugin.install_hint else ""
        raise Misconfigured(f"{source} cannot be run: {reason}{hint}") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Something that left the process group may still hold the pipes open; that is not waited for.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await process.communicate()


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    return f": {lines[-1][:COMPLAINT_LIMIT]}" if lines else ""


def _read(plugin: Exec, source: str, output: bytes) -> Credential:
    try:
        answer = _answers.decode(output)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # NB the error is left out: it could repeat a part of what was printed.
        raise Misconfigured(f"{source} did not print an ExecCredential") from None
    if answer.kind != "ExecCredential" or answer.api_version != plugin.api_version:
        raise Misconfigured(f"{source} did not print an ExecCredential of {plugin.api_version}")
    status = answer.status
    if (status.client_certificate_data is None) != (status.client_key_data is None):
        raise Misconfigured(f"{source} printed half of a client certificate and its key")
    if not (status.token or status.client_certificate_data):
        raise Misconfigured(f"{source} printed neither a token nor a client certificate")
    return status
