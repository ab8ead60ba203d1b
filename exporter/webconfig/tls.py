"""The port's TLS, from the files that the configuration names."""

import hashlib
import ssl
from pathlib import Path

from exporter.webconfig.form import CLIENT_AUTH, VERSIONS, TlsServer, WebConfigError


def make_context(tls: TlsServer, folder: Path) -> ssl.SSLContext:
    """Read the files and make a context of them; this blocks.

    Raises:
        WebConfigError: a file cannot be read, or does not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[tls.min_version]
    context.maximum_version = VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(folder / tls.cert_file, folder / tls.key_file, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise WebConfigError(f"{tls.cert_file}, {tls.key_file}: {_why(error)}") from None
    context.verify_mode = CLIENT_AUTH[tls.client_auth_type]
    if tls.client_ca_file:
        try:
            context.load_verify_locations(folder / tls.client_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise WebConfigError(f"{tls.client_ca_file}: {_why(error)}") from None
    return context


def fingerprint(path: Path, tls: TlsServer | None) -> bytes:
    """Tell whether anything has changed in the file and in those it names, whatever their times say; this blocks."""
    names = [tls.cert_file, tls.key_file, tls.client_ca_file] if tls else []
    digest = hashlib.sha256()
    for one in (path, *(path.parent / name for name in names if name)):
        try:
            content = one.read_bytes()
        except OSError as error:
            content = f"cannot be read: {error.errno}".encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.digest()


def _no_password() -> str:
    # Otherwise OpenSSL would ask for one at the terminal.
    raise ValueError("the key has a password")


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"cannot be used: {error.reason or 'it is no certificate or no key'}"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return str(error)
