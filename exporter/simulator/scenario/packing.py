"""How the nodes of a workflow are kept: as they are, compressed in one field, or in a database elsewhere."""

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import zstandard

from exporter.simulator.scenario.blueprints import encode

GZIP, ZSTD, OFFLOADED = 0.02, 0.01, 0.005
"""Shares of the workflows, by the lot that their uid is; the nodes of all others are kept as they are."""
_LOTS = 2**32


def lot(uid: str) -> float:
    """Draw from a uid, which is chance enough: from 0 to 1, and always the same."""
    return int(uid[:8], 16) / _LOTS


def packed(nodes: Mapping[str, Any], uid: str) -> dict[str, Any]:
    """Give the part of a status that holds the nodes of the workflow that was planned with this uid."""
    drawn = lot(uid)
    if drawn < GZIP:
        return {"compressedNodes": _text(gzip.compress(encode(nodes), mtime=0))}
    if drawn < GZIP + ZSTD:
        return {"compressedNodes": _text(zstandard.compress(encode(nodes)))}
    if drawn < GZIP + ZSTD + OFFLOADED:
        return {"offloadNodeStatusVersion": f"fnv:{len(nodes)}"}
    return {"nodes": nodes}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
