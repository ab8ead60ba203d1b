"""What is needed to open a connection, and what it was read from."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from exporter.kube.auth.proxy import is_loopback
from exporter.kube.errors import Misconfigured

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the API server now. Its ``repr`` shows no secret."""

    server: str
    """Scheme, host and perhaps a port and a path: ``https://10.0.0.1:6443``, without a slash at the end."""
    source: str
    """Where this came from, for people: ``kubeconfig /home/me/.kube/config, context dev``."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """None for plain HTTP."""
    headers: Headers = field(default=(), repr=False)
    """Authorization and impersonation."""
    proxy: str | None = field(default=None, repr=False)
    """The URL of an HTTP proxy; it may hold a password."""
    server_hostname: str | None = None
    """The name in the server's certificate, where it differs from the host in the address."""
    compression: bool = True
    """Whether answers are asked for in gzip; over loopback that would only cost time."""


class Fingerprints:
    """Remembers how files looked before they were read, so that a change can be seen without reading them."""

    def __init__(self) -> None:
        self._marks: dict[str, tuple[int, int, int] | None] = {}

    def note(self, path: str) -> str:
        """Remember a file that is about to be read (it may be missing), and give its path back."""
        self._marks.setdefault(path, _mark(path))
        return path

    def changed(self) -> bool:
        """Say whether any of the files looks different now."""
        return any(_mark(path) != mark for path, mark in self._marks.items())


@dataclass(frozen=True, slots=True)
class Grant:
    """What one reading of a source gave."""

    access: Access
    files: Fingerprints
    expires: float | None = None
    """Seconds since the epoch, if the source said how long this is good for."""


class Source(Protocol):
    """A place where credentials come from."""

    async def load(self) -> Grant:
        """Read everything anew.

        Raises:
            Misconfigured: there is no usable address or credential; the message names the place.
        """
        ...


def check_server(source: str, address: str) -> str:
    """Give the server's address back, fit for a request line.

    Raises:
        Misconfigured: it is not an HTTP address, or it carries a password.
    """
    address = address.rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Misconfigured(f"{source}: the server's address is not a URL") from None
    if parts.username is not None or parts.password is not None:
        raise Misconfigured(f"{source}: the server's address must not carry a user or a password")
    if not usable or parts.query or parts.fragment or not address.isprintable():
        raise Misconfigured(f"{source}: the server's address must look like https://host:port")
    return address


def bearer(source: str, token: str) -> str:
    """Make the value of an Authorization header.

    Raises:
        Misconfigured: the token cannot stand in a header; the message does not show it.
    """
    token = token.strip()
    if not token:
        raise Misconfigured(f"{source}: the token is empty")
    if not (token.isascii() and token.isprintable()):
        raise Misconfigured(f"{source}: the token holds characters that no header may hold")
    return f"Bearer {token}"


def wants_compression(server: str) -> bool:
    """Say whether gzip is worth asking for: not on loopback, where the server's time is all that it costs."""
    return not is_loopback(urlsplit(server).hostname or "")


def _mark(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):  # the latter for what can be no path
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
