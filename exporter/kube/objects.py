"""How an object is named, dated and printed: resource, key, metadata, the order of versions, columns of a table."""

from typing import NewType

import msgspec

Key = NewType("Key", str)
"""``namespace/name``, or ``name`` for an object without a namespace. Neither part can hold a slash."""


class Resource(msgspec.Struct, frozen=True):
    """A kind of object as an API server serves it.

    ``Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")``; the group of core resources is empty.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def name(self) -> str:
        """The name people write: ``workflows.argoproj.io``, or ``pods`` in the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """What objects carry as ``apiVersion``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The path of the collection, or of one object, below the server's address."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{scope}/{self.plural}" + (f"/{name}" if name else "")


class OwnerReference(msgspec.Struct, frozen=True, gc=False):
    """One line of ``metadata.ownerReferences``."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class ManagedField(msgspec.Struct, frozen=True, gc=False):
    """One entry of ``metadata.managedFields``: when one manager last wrote."""

    time: str | None = None


class Meta(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The part of ``metadata`` that is read; everything else stays in the object's bytes."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    generate_name: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    managed_fields: list[ManagedField] | None = None

    @property
    def written(self) -> str:
        """The newest moment that the server wrote into the metadata (RFC 3339, to the second, in UTC); or empty.

        It is at or before the write that made this version, for a server may leave ``managedFields`` alone; but where
        a deletion grants a grace period, it is the end of that period, which may be yet to come.
        """
        newest = ""
        # Times of one zone and one form compare as text; a server writes no other.
        for time in (
            self.creation_timestamp,
            self.deletion_timestamp,
            *[entry.time for entry in self.managed_fields or ()],
        ):
            if time and time > newest and time.endswith("Z"):
                newest = time
        return newest

    @property
    def key(self) -> Key:
        """The key under which the object is kept."""
        return key_of(self.namespace, self.name)


def key_of(namespace: str, name: str) -> Key:
    """Join a namespace (empty for an object without one) and a name."""
    return Key(f"{namespace}/{name}" if namespace else name)


def split_key(key: Key) -> tuple[str, str]:
    """Take a key apart again: ``(namespace, name)``; the namespace is empty where the key has none."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def is_older(version: str, than: str) -> bool:
    """Say whether one resourceVersion comes before another of the same resource.

    Versions are decimal integers without leading zeros (promised since Kubernetes 1.35, true since 1.0 with
    etcd), so the shorter one is smaller and equal lengths compare as text; no conversion is needed.
    """
    return version_order(version) < version_order(than)


def version_order(version: str) -> tuple[int, str]:
    """Give what versions of one resource sort by; the empty one comes first."""
    return len(version), version


class PrinterColumn(msgspec.Struct, frozen=True):
    """One column that ``kubectl get`` prints of a resource, beside the name."""

    name: str
    type: str
    """What an API server calls it: ``string``, ``date``, ``integer``, ``number``, ``boolean``."""
    path: tuple[str, ...]
    """The members that lead to the value: ``("status", "phase")``."""
    format: str = ""
    description: str = ""
    priority: int = 0
    """Columns above 0 are printed with ``-o wide`` only."""
