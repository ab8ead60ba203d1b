"""Who may ask: everybody on this machine, but no page of somebody else in a browser of it."""

import ipaddress
from collections.abc import Mapping

from exporter.simulator.api.site import READING
from exporter.simulator.api.words import foreign_host, foreign_page


def check_caller(method: str, headers: Mapping[str, str]) -> None:
    """Refuse what a page of somebody else may ask in a browser of this machine.

    Raises:
        Refused: 403 or 421.
    """
    host = headers.get("Host", "")
    if host and not _is_own(host):
        raise foreign_host()
    if method not in READING and "Origin" in headers:
        raise foreign_page()


def _is_own(host: str) -> bool:
    """Whether a ``Host`` header is no name that somebody could have pointed here."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.lower() == "localhost"
    return True
