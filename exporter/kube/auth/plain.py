"""What a configuration amounts to where nobody has to be asked: an address, a header, paths of key material.

This is all that most configurations need of ``kubernetes.aio.config``, whose import costs a process 20 MB for good;
that library still signs in where a user has an ``auth-provider`` (``library``).
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from exporter.kube.errors import Misconfigured

HOST, PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
"""Where the kubelet tells a pod the API server's address."""


class Loaded(msgspec.Struct, frozen=True):
    """What was made of a configuration."""

    server: str
    authorization: str | None
    authorities: str | None
    certificate: str | None = None
    key: str | None = None
    verify: bool = True
    server_hostname: str | None = None
    proxy: str | None = None

    def __repr__(self) -> str:
        return f"Loaded({self.server!r}, ...)"


def load_kubeconfig(source: str, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Loaded:
    """Read a cluster and a user of a kubeconfig, secrets in place, without an ``auth-provider``. Blocks.

    Raises:
        Misconfigured: a file is not there.
    """
    server = cluster["server"].rstrip("/")
    secure = server.startswith("https:")
    return Loaded(
        server,
        _authorization(user),
        _file(source, cluster.get("certificate-authority")) if secure else None,
        _file(source, user.get("client-certificate")) if secure else None,
        _file(source, user.get("client-key")) if secure else None,
        not cluster.get("insecure-skip-tls-verify"),
        cluster.get("tls-server-name"),
        cluster.get("proxy-url"),
    )


def load_in_cluster(source: str, token: str, authorities: str, environ: Mapping[str, str]) -> Loaded:
    """Read a pod's service account from these two files. Blocks.

    Raises:
        Misconfigured: something is missing or empty.
    """
    if HOST not in environ or PORT not in environ:
        raise Misconfigured(f"{source}: {HOST} or {PORT} is not set")
    if not environ[HOST] or not environ[PORT]:
        raise Misconfigured(f"{source}: {HOST} or {PORT} is empty")
    secret = _text(source, "token", token)
    _text(source, "certificate", authorities)
    return Loaded(f"https://{_bracketed(environ[HOST])}:{environ[PORT]}", f"Bearer {secret}", authorities)


def _authorization(user: Mapping[str, Any]) -> str | None:
    if token := user.get("token"):
        return f"Bearer {token}"
    if "username" in user and "password" in user:
        return "Basic " + base64.b64encode(f"{user['username']}:{user['password']}".encode()).decode()
    return None


def _file(source: str, path: str | None) -> str | None:
    if path is not None and not Path(path).is_file():
        raise Misconfigured(f"{source}: there is no file {path}")
    return path


def _text(source: str, what: str, path: str) -> str:
    try:
        if not Path(path).is_file():
            raise Misconfigured(f"{source}: its {what} file does not exist")
        content = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{source}: {error.filename}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{source}: the token or the certificate is not text") from None
    if not content:
        raise Misconfigured(f"{source}: its {what} file is empty")
    return content


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
