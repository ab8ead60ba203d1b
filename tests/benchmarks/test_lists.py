"""What a list costs in memory, counted where it counts: in a process with a full cache."""

import http.client
from concurrent.futures import ThreadPoolExecutor

from benchmarks.lists import PATH, peak_grown
from benchmarks.site import running
from exporter.web.address import Address

WORKFLOWS = 20_000
ALLOWED = 30_000_000
"""Bytes by which reading all of them may make the process grow."""


def read_all(address: Address) -> int:
    """Read the whole list in small pieces, which a client may do; give its size."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=120)
    connection.request("GET", PATH)
    response = connection.getresponse()
    assert response.status == 200
    size = 0
    while piece := response.read(16_384):
        size += len(piece)
    connection.close()
    return size


def test_a_list_of_everything_never_stands_in_memory() -> None:
    with running(WORKFLOWS) as (address, pid), peak_grown(pid) as grown, ThreadPoolExecutor() as readers:
        sizes = list(readers.map(read_all, [address] * 2))
    assert min(sizes) > 200_000_000
    assert grown() < ALLOWED
