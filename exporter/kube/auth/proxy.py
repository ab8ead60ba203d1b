"""Which proxy the environment asks for, by the rules that kubectl follows.

``HTTPS_PROXY`` and ``HTTP_PROXY`` (or in lower case) name a proxy for each scheme; ``NO_PROXY`` lists what is
reached directly: names with their subdomains, addresses, networks such as ``10.96.0.0/12``, each perhaps with a
port, or ``*``. Loopback never goes through a proxy of the environment.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from exporter.kube.errors import Misconfigured

DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """Give the URL of the proxy that the environment wants for this one, or None."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    proxy = _variable(environ, f"{parts.scheme}_proxy")
    if not proxy or is_loopback(host):
        return None
    rules = _variable(environ, "no_proxy").split(",")
    if any(_matches(rule.strip().lower(), host.lower(), port) for rule in rules):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def check_proxy(source: str, proxy: str | None) -> str | None:
    """Give a proxy's URL back, fit for use.

    Raises:
        Misconfigured: it is no HTTP proxy; the message does not show it, since it may hold a password.
    """
    if proxy is None:
        return None
    try:
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Misconfigured(f"{source}: the proxy's address is not a URL") from None
    if parts.scheme not in DEFAULT_PORTS or not usable:
        raise Misconfigured(f"{source}: the proxy's address must look like http://host:port")
    return proxy


def is_loopback(host: str) -> bool:
    """Say whether a host name or address means this machine."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _matches(rule: str, host: str, port: int) -> bool:
    if rule == "*":
        return True
    rule, asked = _split_port(rule)
    if not rule or asked not in {None, port}:
        return False
    address = _address(host)
    if address is not None:
        network = _network(rule)
        return network is not None and address in network
    name = rule.removeprefix("*").removeprefix(".")
    return host.endswith(f".{name}") or (host == name and not rule.startswith((".", "*")))


def _split_port(rule: str) -> tuple[str, int | None]:
    if _network(rule) is not None:
        return rule, None
    name, colon, port = rule.rpartition(":")
    if not (colon and port.isdecimal()):
        return rule, None
    return name.removeprefix("[").removesuffix("]"), int(port)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
