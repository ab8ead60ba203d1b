"""Where to listen, as people write it: ``127.0.0.1:9798``, ``:9798``, ``[::1]:9798``, ``localhost:9798``."""

import ipaddress
import re

import msgspec

LAST_PORT = 65535
HOST_LIMIT = 253
"""Characters of the longest host name."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class Address(msgspec.Struct, frozen=True):
    """A host and a port to listen on."""

    host: str
    """A name or an IP address without brackets; empty for every interface."""
    port: int
    """0 lets the system choose."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it. Of names, ``localhost`` alone is believed."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        ValueError: it is none; the message says what was expected.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > LAST_PORT:
        raise ValueError(f"expected host:port, :port or [ipv6]:port with a port up to {LAST_PORT}, not {text!r}")
    return Address(_host(host, text), int(port))


def _host(host: str, text: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ipaddress.AddressValueError:
            raise ValueError(f"{host} is not an IPv6 address, in {text!r}") from None
    if host and not (len(host) <= HOST_LIMIT and _HOST.fullmatch(host)):
        raise ValueError(f"{host!r} is neither a host name nor an IP address (IPv6 goes in brackets), in {text!r}")
    return host
