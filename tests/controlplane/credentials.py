"""Who may talk to one control plane: a certificate authority, tokens and keys, all made for one run."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import trustme
import yaml

ADMIN, NOBODY = "admin", "nobody"
"""The users every cluster of ours knows: one who may do everything, one who may do nothing."""

UserEntry: TypeAlias = Mapping[str, object]
"""What stands below ``users[].user`` in a kubeconfig."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate with its key, as PEM; its common name is the user and its organisation the group."""

    certificate: bytes
    key: bytes

    @property
    def entry(self) -> UserEntry:
        """How a kubeconfig holds it, whole and not by file."""
        return {
            "client-certificate-data": base64.b64encode(self.certificate).decode(),
            "client-key-data": base64.b64encode(self.key).decode(),
        }


class Credentials:
    """The files a kube-apiserver is started with, below ``directory``, and what clients show it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = trustme.CA()
        self.tokens = {user: secrets.token_urlsafe(24) for user in (ADMIN, NOBODY)}
        self.ca_file = self._write("ca.crt", self.authority.cert_pem.bytes())
        server = self.authority.issue_cert("127.0.0.1", "localhost")
        self.server_certificate = self._write("server.crt", b"".join(c.bytes() for c in server.cert_chain_pems))
        self.server_key = self._write("server.key", server.private_key_pem.bytes())
        accounts = self.authority.issue_cert("service-accounts.test")
        self.service_account_key = self._write("service-accounts.key", accounts.private_key_pem.bytes())
        self.token_file = self._write("tokens.csv", self._token_lines().encode())

    def issue(self, user: str, group: str | None = None) -> ClientCertificate:
        """Make a client certificate that the API server takes for the user, in at most one group."""
        # A name is needed beside the user: Go refuses the empty (yet critical) list of names that comes without one.
        leaf = self.authority.issue_cert("client.test", common_name=user, organization_name=group)
        return ClientCertificate(leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())

    def _token_lines(self) -> str:
        return (
            f'{self.tokens[ADMIN]},{ADMIN},{ADMIN},"system:masters"\n'
            f"{self.tokens[NOBODY]},{NOBODY},{NOBODY}\n"
        )  # fmt: skip

    def _write(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path


def render_kubeconfig(url: str, ca_file: Path, user: UserEntry, namespace: str = "default") -> str:
    """Write a kubeconfig of one cluster, one user and one context, all called ``test``."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": str(ca_file)}}],
            "users": [{"name": "test", "user": dict(user)}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
        }
    )
