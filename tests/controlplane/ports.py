"""Ports of the loopback interface that stay ours while their server is down."""

import random
import socket

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20_000, 30_000
"""Below what Linux hands out to clients (32768 upwards): a client that dials a server that is down can neither take
the server's port nor, by chance, connect to itself."""


def free_ports(count: int, rng: random.Random) -> list[int]:
    """Give that many different ports on which nothing listens now."""
    ports: set[int] = set()
    while len(ports) < count:
        port = rng.randint(FIRST, LAST)
        if _is_free(port):
            ports.add(port)
    return sorted(ports)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
