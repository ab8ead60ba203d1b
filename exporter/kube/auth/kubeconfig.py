"""A kubeconfig is one YAML file or several; one context of it names a cluster and a user.

Files are merged as kubectl does: the first one to name something wins. A mistake in a file becomes one line that names
the file; values are never repeated, since they may be secrets.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from exporter.kube.auth.access import Fingerprints
from exporter.kube.auth.plugin import Exec
from exporter.kube.errors import Misconfigured

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest file that is read."""


class Extension(msgspec.Struct, frozen=True):
    """One of a cluster's extensions; plugins find their settings in theirs."""

    name: str
    extension: Any = None


class Cluster(msgspec.Struct, frozen=True, rename="kebab"):
    """Where a server is, and how to know it."""

    server: str | None = None
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    insecure_skip_tls_verify: bool | None = None
    tls_server_name: str | None = None
    proxy_url: str | None = None
    disable_compression: bool | None = None
    extensions: list[Extension] | None = None

    def __repr__(self) -> str:
        return f"Cluster({self.server!r}, ...)"


class User(msgspec.Struct, frozen=True, rename="kebab"):
    """Who we are to a server."""

    token: str | None = None
    token_file: str | None = msgspec.field(default=None, name="tokenFile")
    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    username: str | None = None
    password: str | None = None
    exec: Exec | None = None
    auth_provider: dict[str, Any] | None = None
    as_user: str | None = msgspec.field(default=None, name="as")
    as_uid: str | None = None
    as_groups: list[str] | None = None
    as_user_extra: dict[str, list[str]] | None = None

    def __repr__(self) -> str:
        return "User(...)"


class Context(msgspec.Struct, frozen=True):
    """A cluster and a user, by name."""

    cluster: str | None = None
    user: str | None = None


class _NamedCluster(msgspec.Struct, frozen=True):
    name: str
    cluster: Cluster | None = None


class _NamedUser(msgspec.Struct, frozen=True):
    name: str
    user: User | None = None


class _NamedContext(msgspec.Struct, frozen=True):
    name: str
    context: Context | None = None


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None
    current_context: str | None = None


class Selected(msgspec.Struct, frozen=True):
    """One context, with every path absolute."""

    source: str
    """For messages: the files and the context."""
    cluster: Cluster
    user: User


def read(paths: Iterable[str], context: str | None, files: Fingerprints) -> Selected:
    """Read the files and select a context: the one named, or else the current one. Blocks.

    Raises:
        Misconfigured: a file cannot be read or understood, or what the context names is not there.
    """
    merged = _Merged(tuple(paths))
    for path in merged.paths:
        merged.add(path, _read_file(files.note(path)))
    return merged.select(context)


class _Merged:
    """All files together; the first one to name something wins."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self._source = f"kubeconfig {os.pathsep.join(paths)}"
        self._clusters: dict[str, Cluster] = {}
        self._users: dict[str, User] = {}
        self._contexts: dict[str, Context] = {}
        self._current: str | None = None

    def add(self, path: str, file: _File) -> None:
        base = Path(path).absolute().parent  # NB symbolic links are not followed, as in kubectl
        for entry in file.clusters or ():
            self._clusters.setdefault(entry.name, _absolute_cluster(entry.cluster or Cluster(), base))
        for user in file.users or ():
            self._users.setdefault(user.name, _absolute_user(user.user or User(), base))
        for named in file.contexts or ():
            self._contexts.setdefault(named.name, named.context or Context())
        self._current = self._current or file.current_context

    def select(self, context: str | None) -> Selected:
        name = context or self._current
        if not name:
            raise Misconfigured(f"{self._source}: no context is named, and there is no current-context")
        chosen = self._find(self._contexts, "context", name, self._source)
        source = f"{self._source}, context {name}"
        if not chosen.cluster:
            raise Misconfigured(f"{source}: it names no cluster")
        cluster = self._find(self._clusters, "cluster", chosen.cluster, source)
        user = self._find(self._users, "user", chosen.user, source) if chosen.user else User()
        return Selected(source, cluster, user)

    @staticmethod
    def _find(among: Mapping[str, "_T"], what: str, name: str, source: str) -> "_T":
        if name in among:
            return among[name]
        known = ", ".join(sorted(among)[:20]) or "none"
        raise Misconfigured(f"{source}: there is no {what} {name} (known: {known})")


_T = TypeVar("_T")


def _read_file(path: str) -> _File:
    place = f"kubeconfig {path}"
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise Misconfigured(f"{place} cannot be read: {error.strerror}") from error
    if len(content) > SIZE_LIMIT:
        raise Misconfigured(f"{place} is larger than {SIZE_LIMIT} bytes")
    try:
        return _understand(place, content.decode())
    except UnicodeDecodeError:
        raise Misconfigured(f"{place} is not UTF-8 text") from None


def _understand(place: str, text: str) -> _File:
    try:
        return msgspec.convert(yaml.safe_load(text) or {}, _File)
    except yaml.MarkedYAMLError as error:
        # NB the error itself shows the line, and with it perhaps a token.
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Misconfigured(f"{place} is not YAML{line}") from None
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{place}: {error}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise Misconfigured(f"{place} is not YAML") from None


def _absolute_cluster(cluster: Cluster, base: Path) -> Cluster:
    return msgspec.structs.replace(cluster, certificate_authority=_absolute(cluster.certificate_authority, base))


def _absolute_user(user: User, base: Path) -> User:
    plugin = user.exec
    if plugin is not None and os.sep in plugin.command:
        plugin = msgspec.structs.replace(plugin, command=str(base / plugin.command))
    return msgspec.structs.replace(
        user,
        token_file=_absolute(user.token_file, base),
        client_certificate=_absolute(user.client_certificate, base),
        client_key=_absolute(user.client_key, base),
        exec=plugin,
    )


def _absolute(path: str | None, base: Path) -> str | None:
    return str(base / path) if path else None
