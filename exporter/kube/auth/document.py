"""What is told to others about a selected context: to the library, to a plugin, and in the headers to the server."""

import base64
from pathlib import Path
from typing import Any

from exporter.kube.auth.access import Fingerprints, Headers, bearer
from exporter.kube.auth.keyfolder import KeyFolder
from exporter.kube.auth.kubeconfig import Selected, User
from exporter.kube.auth.plugin import Credential
from exporter.kube.errors import Misconfigured

PLUGIN_SETTINGS = "client.authentication.k8s.io/exec"
"""The name of the cluster extension that is handed to a plugin."""


def in_place(
    chosen: Selected, credential: Credential, folder: KeyFolder, files: Fingerprints
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the cluster and the user with their secrets in place: key material in files, tokens read. Blocks.

    Raises:
        Misconfigured: something that the context names cannot be read, or cannot be what it is said to be.
    """
    return _cluster(chosen, folder, files), _user(chosen, credential, folder, files)


def for_library(cluster: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    """Write a kubeconfig of one context with this cluster and this user."""
    return {
        "current-context": "chosen",
        "contexts": [{"name": "chosen", "context": {"cluster": "chosen", "user": "chosen"}}],
        "clusters": [{"name": "chosen", "cluster": cluster}],
        "users": [{"name": "chosen", "user": user}],
    }


def for_plugin(chosen: Selected, files: Fingerprints) -> dict[str, Any]:
    """Write what a plugin may know about the cluster (``ExecCredential.spec.cluster``). Blocks."""
    cluster = chosen.cluster
    settings = next((entry.extension for entry in cluster.extensions or () if entry.name == PLUGIN_SETTINGS), None)
    authority = cluster.certificate_authority_data
    if authority is None and cluster.certificate_authority:
        content = _content(chosen.source, "certificate-authority", cluster.certificate_authority, files)
        authority = base64.b64encode(content).decode()
    told = {
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": authority,
        "proxy-url": cluster.proxy_url,
        "config": settings,
    }
    return _without_gaps(told)


def impersonation(chosen: Selected) -> Headers:
    """Write the headers that ask the server to take us for somebody else.

    Raises:
        Misconfigured: a name cannot stand in a header.
    """
    user = chosen.user
    groups = (("Impersonate-Group", group) for group in user.as_groups or ())
    extra = (
        (f"Impersonate-Extra-{name}", value) for name, values in (user.as_user_extra or {}).items() for value in values
    )
    single = (("Impersonate-User", user.as_user), ("Impersonate-Uid", user.as_uid))
    headers = (*((name, value) for name, value in single if value), *groups, *extra)
    if not all(text.isascii() and text.isprintable() for pair in headers for text in pair):
        raise Misconfigured(f"{chosen.source}: who to impersonate holds characters that no header may hold")
    return headers


def _cluster(chosen: Selected, folder: KeyFolder, files: Fingerprints) -> dict[str, Any]:
    cluster = chosen.cluster
    data, path = cluster.certificate_authority_data, cluster.certificate_authority
    authority = _kept("certificate-authority", data, path, folder, files)
    return _without_gaps(
        {
            "server": cluster.server,
            "certificate-authority": authority,
            "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
            "tls-server-name": cluster.tls_server_name,
            "proxy-url": cluster.proxy_url,
        }
    )


def _user(chosen: Selected, credential: Credential, folder: KeyFolder, files: Fingerprints) -> dict[str, Any]:
    user = chosen.user
    certificate = _kept("client-certificate", user.client_certificate_data, user.client_certificate, folder, files)
    key = _kept("client-key", user.client_key_data, user.client_key, folder, files)
    if credential.client_certificate_data and credential.client_key_data:
        certificate = folder.keep("client-certificate", credential.client_certificate_data.encode())
        key = folder.keep("client-key", credential.client_key_data.encode())
    return _without_gaps(
        {
            "client-certificate": certificate,
            "client-key": key,
            "token": _token(chosen.source, user, credential, files),
            "username": user.username,
            "password": user.password,
            "auth-provider": user.auth_provider,
        }
    )


def _kept(name: str, data: str | None, path: str | None, folder: KeyFolder, files: Fingerprints) -> str | None:
    if data:
        return folder.keep_decoded(name, data)
    return files.note(path) if path else None


def _token(source: str, user: User, credential: Credential, files: Fingerprints) -> str | None:
    token = user.token or credential.token
    if user.token_file:
        token = _content(source, "tokenFile", user.token_file, files).decode(errors="replace")
    return bearer(source, token).removeprefix("Bearer ") if token is not None else None


def _content(source: str, name: str, path: str, files: Fingerprints) -> bytes:
    try:
        return Path(files.note(path)).read_bytes()
    except OSError as error:
        raise Misconfigured(f"{source}: {name} {path} cannot be read: {error.strerror}") from error
    except ValueError:
        raise Misconfigured(f"{source}: {name} cannot be a path") from None


def _without_gaps(pairs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pairs.items() if value is not None and value != ""}
