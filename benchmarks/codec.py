"""How small and how fast the codec makes a fleet: ``python -m benchmarks.codec [--json]``.

Bytes are counted over all objects: blobs, and the references they need, divided by the number of objects. Times are
medians over single calls: *in a row* is the order of a list, *mixed* that of a watch or of lookups. Resident memory is
what a fresh process grows by while it encodes the fleet and keeps the blobs, for each object, tables and all.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import msgspec
import zstandard

from benchmarks.fleet import Fleet
from benchmarks.report import machine, print_rows, resident_bytes
from exporter.store.codec import ZstdCodec

NAMESPACES = 50
WARM_UP = 500
SAMPLE = 2_000


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    fleet: str
    objects: int
    body_bytes: float
    blob_bytes: float
    reference_bytes: float
    total_bytes: float
    encode_us: float
    encode_mixed_us: float
    decode_us: float
    decode_mixed_us: float
    resident_bytes: float


class _Named(msgspec.Struct):
    name: str = ""


class _Spec(msgspec.Struct, rename="camel"):
    workflow_template_ref: _Named = msgspec.field(default_factory=_Named)


class _Metadata(msgspec.Struct):
    namespace: str = ""


class _Workflow(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec


_workflows = msgspec.json.Decoder(_Workflow)


def kin_of(body: bytes) -> str:
    """Name the kin of a workflow: its namespace and its template."""
    workflow = _workflows.decode(body)
    return f"{workflow.metadata.namespace}/{workflow.spec.workflow_template_ref.name}"


def measure(objects: int, *, diverse: bool) -> Row:
    """Encode a fleet of that many objects and decode it again."""
    bodies = list(Fleet(workflows=objects, namespaces=NAMESPACES, diverse=diverse))
    pairs = [(body, kin_of(body)) for body in bodies]
    codec = ZstdCodec()
    blobs: list[bytes] = []
    encode = _median_us(lambda body, kin: blobs.append(codec.encode(body, kin)), pairs)
    kept = codec.statistics()
    order = Random(1).sample(range(objects), min(SAMPLE, objects))
    blob_bytes = sum(map(len, blobs)) / objects
    return Row(
        fleet="diverse" if diverse else "uniform",
        objects=objects,
        body_bytes=statistics.fmean(map(len, bodies)),
        blob_bytes=blob_bytes,
        reference_bytes=kept.reference_bytes / objects,
        total_bytes=blob_bytes + kept.reference_bytes / objects,
        encode_us=encode,
        encode_mixed_us=_median_us(codec.encode, [pairs[place] for place in order]),
        decode_us=_median_us(codec.decode, [(blob,) for blob in blobs[-SAMPLE:]]),
        decode_mixed_us=_median_us(codec.decode, [(blobs[place],) for place in order]),
        resident_bytes=_resident_in_a_process(objects, diverse=diverse),
    )


def resident(objects: int, *, diverse: bool) -> float:
    """Say by how many bytes for each object this process grows when it keeps the fleet's blobs."""
    fleet = Fleet(workflows=objects, namespaces=NAMESPACES, diverse=diverse)
    for body, _ in zip(fleet, range(WARM_UP), strict=False):
        kin_of(body)
    codec = ZstdCodec()
    gc.collect()
    before = resident_bytes()
    blobs = [codec.encode(body, kin_of(body)) for body in fleet]
    gc.collect()
    return (resident_bytes() - before) / len(blobs)


def _median_us(call: Callable[..., object], arguments: Iterable[tuple[Any, ...]]) -> float:
    """Call with each set of arguments; results are dropped, as a server drops a body that it has sent."""
    times = []
    for each in arguments:
        began = time.perf_counter()
        call(*each)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def _resident_in_a_process(objects: int, *, diverse: bool) -> float:
    command = [
        sys.executable,
        "-m",
        "benchmarks.codec",
        "--resident",
        str(objects),
        *(["--diverse"] if diverse else []),
    ]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="How small and how fast the codec makes a fleet.")
    parser.add_argument("--objects", type=int, nargs="+", default=[5_000, 20_000], help="sizes of the fleets")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--resident", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--diverse", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.resident:
        print(resident(asked.resident, diverse=asked.diverse))
        return
    rows = [measure(objects, diverse=diverse) for objects in asked.objects for diverse in (False, True)]
    zstd = ".".join(map(str, zstandard.ZSTD_VERSION))
    print_rows(rows, machine(zstandard=zstandard.__version__, zstd=zstd), as_json=asked.json)


if __name__ == "__main__":
    main()
