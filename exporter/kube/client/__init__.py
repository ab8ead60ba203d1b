"""The only room that dials out: lists come back as pages, watches as lines, failures as ``KubeError``.

Bytes only; nothing here decodes an object. A call asks the credentials for the access to use now, so a rotated token
or certificate serves from the next call on; a watch that is open stays as it was opened. A call is one request:
redirects are not followed, and what to do about a failure is for the caller to decide.
"""

from exporter.kube.client.client import Authenticator, Client, ClientStatistics, Timeouts

__all__ = ["Authenticator", "Client", "ClientStatistics", "Timeouts"]
