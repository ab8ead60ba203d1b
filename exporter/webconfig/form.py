"""The file as it is written: what is in it, and what of it cannot be done here.

The form is that of Prometheus' exporter-toolkit (https://prometheus.io/docs/prometheus/latest/configuration/https/).
What is not supported is an error, never passed over: somebody relies on it.
"""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

SIZE_LIMIT = 1024 * 1024
"""Bytes of the file."""

_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
HARDEST = 14
"""The cost of a hash that is taken: a password takes a second with it."""

VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
CLIENT_AUTH = {
    "NoClientCert": ssl.CERT_NONE,
    "": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
"""Those that Python can do: it looks at no certificate that it does not verify."""


class WebConfigError(Exception):
    """The file cannot be used; the message names it and says why."""


class TlsServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the port speaks TLS. Paths are relative to the file's folder."""

    cert_file: str = ""
    key_file: str = ""
    client_auth_type: str = ""
    client_ca_file: str = ""
    client_allowed_sans: tuple[str, ...] = ()
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    curve_preferences: tuple[str, ...] = ()


class HttpServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the port speaks HTTP."""

    http2: bool = True
    """No matter: clients are offered HTTP/1.1 alone, and take that."""
    headers: Mapping[str, str] = {}


class WebConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Mapping[str, str] = {}
    """Hashes of passwords (bcrypt) by the names of users."""


def load(path: Path) -> WebConfig:
    """Read the file, and check all that can be checked without the files it names; this blocks.

    Raises:
        WebConfigError: it cannot be read, or not be done.
    """
    try:
        with path.open("rb") as file:
            text = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise WebConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(text) > SIZE_LIMIT:
        raise WebConfigError(f"{path}: is larger than {SIZE_LIMIT} bytes")
    try:
        return read(text)
    except (ValueError, msgspec.ValidationError) as error:
        raise WebConfigError(f"{path}: {error}") from None


def read(text: bytes) -> WebConfig:
    """Read the text of a file; an empty one asks for nothing.

    Raises:
        ValueError: it cannot be done; the message says what.
    """
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}this is no YAML") from None  # never the text: there may be hashes in it
    config = msgspec.convert({} if document is None else document, WebConfig)
    for user, hashed in config.basic_auth_users.items():
        _check_user(user, hashed)
    if config.http_server_config.headers:
        raise ValueError("http_server_config.headers: not supported here")
    if config.tls_server_config is not None:
        _check_tls(config.tls_server_config)
    return config


def _check_user(user: str, hashed: str) -> None:
    found = _HASH.fullmatch(hashed)
    if not user or ":" in user:
        raise ValueError(f"basic_auth_users: {user!r} cannot be the name of a user")
    if found is None:
        raise ValueError(f"basic_auth_users: the password of {user!r} is no bcrypt hash")
    if int(found[1]) > HARDEST:
        raise ValueError(f"basic_auth_users: the hash of {user!r} has a cost of {found[1]}; at most {HARDEST} is taken")


def _check_tls(tls: TlsServer) -> None:
    for name in ("cert_file", "key_file"):
        if not getattr(tls, name):
            raise ValueError(f"tls_server_config.{name} is missing")
    for name in ("cipher_suites", "curve_preferences", "client_allowed_sans"):
        if getattr(tls, name):
            raise ValueError(f"tls_server_config.{name}: not supported here")
    for name in ("min_version", "max_version"):
        if getattr(tls, name) not in VERSIONS:
            raise ValueError(f"tls_server_config.{name}: expected one of {', '.join(VERSIONS)}")
    if tls.min_version > tls.max_version:
        raise ValueError("tls_server_config.min_version is above max_version")
    if tls.client_auth_type not in CLIENT_AUTH:
        known = ", ".join(name for name in CLIENT_AUTH if name)
        raise ValueError(f"tls_server_config.client_auth_type: expected one of {known}: others are not supported here")
    verifies = CLIENT_AUTH[tls.client_auth_type] != ssl.CERT_NONE
    if verifies != bool(tls.client_ca_file):
        raise ValueError("tls_server_config: client_ca_file and a client_auth_type that verifies go together")
