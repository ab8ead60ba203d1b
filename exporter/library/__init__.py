"""The informer for programs of your own: any resource of a cluster in memory, in ten lines.

::

    async with connect() as cluster, cluster.informer("v1/pods") as pods:
        await pods.wait_synced(timeout=30)
        pods.get("kube-system/coredns-1")

``docs/library.md`` is its guide. What may be used is named here; the rooms below are free to change.
"""

from exporter.kube.errors import (
    Answered,
    Forbidden,
    KubeError,
    Misconfigured,
    NoCredentials,
    Unauthorized,
    Unreachable,
)
from exporter.kube.objects import Key, Resource
from exporter.kube.selector import BadSelector
from exporter.library.changes import Change
from exporter.library.cluster import Cluster, connect
from exporter.library.events import Added, Deleted, Event, Updated
from exporter.library.naming import resource
from exporter.library.reading import IndexFunction, Misfit
from exporter.library.statistics import Statistics
from exporter.library.watched import NotServed, NotSynced, Watched

__all__ = [
    "Added",
    "Answered",
    "BadSelector",
    "Change",
    "Cluster",
    "Deleted",
    "Event",
    "Forbidden",
    "IndexFunction",
    "Key",
    "KubeError",
    "Misconfigured",
    "Misfit",
    "NoCredentials",
    "NotServed",
    "NotSynced",
    "Resource",
    "Statistics",
    "Unauthorized",
    "Unreachable",
    "Updated",
    "Watched",
    "connect",
    "resource",
]
