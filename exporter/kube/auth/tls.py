"""TLS as an API server's clients speak it."""

import ssl
from dataclasses import dataclass

from exporter.kube.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Material:
    """The files that a TLS context is made of."""

    authorities: str | None = None
    """PEM certificates of the authorities to trust; None means those of the system."""
    certificate: str | None = None
    key: str | None = None
    verify: bool = True


def make_context(source: str, material: Material) -> ssl.SSLContext:
    """Make the context for new connections. Reads files, so it belongs into a thread.

    Raises:
        Misconfigured: a file is missing or holds no certificate, or the key is not that of the certificate.
    """
    try:
        context = ssl.create_default_context(cafile=material.authorities)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{source}: the certificate authority cannot be used: {_reason(error)}") from error
    # Kubernetes clusters are verified by Go everywhere else: it asks less of a certificate's extensions than
    # OpenSSL's strict mode (the default from Python 3.13 on), and it trusts an intermediate authority by itself.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    if not material.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _add_client_certificate(source, context, material)
    return context


def _add_client_certificate(source: str, context: ssl.SSLContext, material: Material) -> None:
    if (material.certificate is None) != (material.key is None):
        raise Misconfigured(f"{source}: a client certificate needs its key, and a key its certificate")
    if material.certificate is None:
        return
    try:
        # The empty password keeps OpenSSL from asking a terminal about an encrypted key.
        context.load_cert_chain(material.certificate, material.key, password="")
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{source}: the client certificate cannot be used: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "not PEM"
    return getattr(error, "strerror", None) or "not PEM"
