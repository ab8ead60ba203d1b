"""The places where credentials come from: a kubeconfig, or the service account of a pod.

What they hold is taken as it stands (``plain``), unless a user has to sign in at an identity provider, which is left
to ``kubernetes.aio.config`` (``library``). Around both stands the rest: merging and checking the files, running exec
plugins, tokens in files, key material that does not outlive the reading, and failures that are one line.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from exporter.kube.auth import document, kubeconfig, library, plain, plugin
from exporter.kube.auth.access import Access, Fingerprints, Grant, Headers, bearer, check_server, wants_compression
from exporter.kube.auth.credentials import Credentials
from exporter.kube.auth.keyfolder import KeyFolder
from exporter.kube.auth.kubeconfig import Cluster, Selected, User
from exporter.kube.auth.plain import Loaded
from exporter.kube.auth.proxy import check_proxy, proxy_for
from exporter.kube.auth.tls import Material, make_context
from exporter.kube.errors import Misconfigured, NoCredentials

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its service account's token and the cluster's authority."""


def find_credentials(
    path: str | None = None,
    context: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Credentials:
    """Look for credentials: the kubeconfig named, those of KUBECONFIG, ~/.kube/config, the pod's service account.

    KUBECONFIG may list several files, as for kubectl: those that do not exist are passed over.

    Raises:
        NoCredentials: there are none, and none were named; the message says what was looked for.
        Misconfigured: what was named is not there.
    """
    home, named = environ.get("HOME", "/"), environ.get("KUBECONFIG", "")
    usual = Path(home, ".kube", "config")
    if path:
        return Credentials(Kubeconfig((_expanded(path, home),), context, environ=environ))
    if named:
        return Credentials(Kubeconfig(_existing(named, home), context, environ=environ))
    if _exists(usual):
        return Credentials(Kubeconfig((str(usual),), context, environ=environ))
    if environ.get("KUBERNETES_SERVICE_HOST") and not context:
        return Credentials(InCluster(environ=environ))
    looked_for = f"not found: no kubeconfig is named, KUBECONFIG is not set, {usual} does not exist"
    if context:
        raise Misconfigured(f"the context {context} {looked_for}")
    raise NoCredentials(f"credentials {looked_for}, and this is not a pod (KUBERNETES_SERVICE_HOST is not set)")


class Kubeconfig:
    """One context of one kubeconfig file or several."""

    def __init__(
        self,
        paths: tuple[str, ...],
        context: str | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        plugin_time_limit: float = plugin.TIME_LIMIT,
    ) -> None:
        self._paths = paths
        self._context = context
        self._environ = environ
        self._plugin_time_limit = plugin_time_limit

    async def load(self) -> Grant:
        """Read the files, run the plugin if there is one, make the TLS context.

        Raises:
            Misconfigured: something is missing or wrong; the message names the files and the context.
        """
        files = Fingerprints()
        chosen = await asyncio.to_thread(kubeconfig.read, self._paths, self._context, files)
        chosen = _without_secrets_on_plain_http(chosen)
        credential = await self._ask_plugin(chosen, files)
        with KeyFolder(chosen.source) as folder:
            cluster, user = await asyncio.to_thread(document.in_place, chosen, credential, folder, files)
            if chosen.user.auth_provider is None:
                loaded = await asyncio.to_thread(plain.load_kubeconfig, chosen.source, cluster, user)
            else:
                loaded = await library.sign_in(chosen.source, document.for_library(cluster, user))
            access = await asyncio.to_thread(self._access, chosen, loaded)
        return Grant(access, files, credential.expires)

    async def _ask_plugin(self, chosen: Selected, files: Fingerprints) -> plugin.Credential:
        user = chosen.user
        if user.exec is None or user.token or user.token_file:
            return plugin.Credential()
        return await plugin.run(
            user.exec,
            chosen.source,
            cluster=await asyncio.to_thread(document.for_plugin, chosen, files),
            environ=self._environ,
            time_limit=self._plugin_time_limit,
        )

    def _access(self, chosen: Selected, loaded: Loaded) -> Access:
        if chosen.user.auth_provider is not None and loaded.authorization is None:
            raise Misconfigured(f"{chosen.source}: its auth-provider is not known; an exec plugin replaces it")
        authorization = () if loaded.authorization is None else (("Authorization", loaded.authorization),)
        headers = (*authorization, *document.impersonation(chosen))
        return _access(chosen.source, loaded, headers, chosen.cluster, self._environ)


class InCluster:
    """The service account of the pod we run in."""

    def __init__(self, folder: str = SERVICE_ACCOUNT, *, environ: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._environ = environ

    async def load(self) -> Grant:
        """Read the token and the authority.

        Raises:
            Misconfigured: one of them is missing, or the server's address is.
        """
        return await asyncio.to_thread(self._load)

    def _load(self) -> Grant:
        source, files = f"service account {self._folder}", Fingerprints()
        token = files.note(f"{self._folder}/token")
        authorities = files.note(f"{self._folder}/ca.crt")
        loaded = plain.load_in_cluster(source, token, authorities, self._environ)
        # The library leaves the end of the line in the token, which no header may hold.
        secret = (loaded.authorization or "").partition(" ")[2]
        headers = (("Authorization", bearer(source, secret)),)
        return Grant(_access(source, loaded, headers, Cluster(), self._environ), files)


def _access(source: str, loaded: Loaded, headers: Headers, cluster: Cluster, environ: Mapping[str, str]) -> Access:
    server = check_server(source, loaded.server)
    material = Material(loaded.authorities, loaded.certificate, loaded.key, loaded.verify)
    return Access(
        server=server,
        source=source,
        tls=make_context(source, material) if server.startswith("https:") else None,
        headers=headers,
        proxy=check_proxy(source, loaded.proxy or proxy_for(server, environ)),
        server_hostname=loaded.server_hostname,
        compression=wants_compression(server) and not cluster.disable_compression,
    )


def _expanded(path: str, home: str) -> str:
    return str(Path(home, path[2:])) if path.startswith("~/") else path


def _existing(named: str, home: str) -> tuple[str, ...]:
    paths = tuple(_expanded(path, home) for path in named.split(os.pathsep) if path)
    found = tuple(path for path in paths if _exists(Path(path)))
    if not found:
        raise Misconfigured(f"KUBECONFIG names no file that exists: {named}")
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it lies where we may not look, or no file can have such a name
        return False


def _without_secrets_on_plain_http(chosen: Selected) -> Selected:
    # As kubectl does: what could be overheard is not said.
    address = chosen.cluster.server
    if not address:
        raise Misconfigured(f"{chosen.source}: its cluster names no server")
    server = check_server(chosen.source, address if "://" in address else f"http://{address}")
    cluster = msgspec.structs.replace(chosen.cluster, server=server)
    user = chosen.user if server.startswith("https:") else User()
    return Selected(chosen.source, cluster, user)
