"""Changes that callers make: create, replace, patch, delete."""

import random
from collections.abc import Mapping
from typing import Any

from exporter.simulator.api.deletions import Sent, check_preconditions, read_delete_options
from exporter.simulator.api.names import quoted
from exporter.simulator.api.patches import APPLY, JSON_PATCH, MERGE, STRATEGIC, apply_patch
from exporter.simulator.api.query import Query, version_problem
from exporter.simulator.api.rules import (
    check_metadata,
    check_options,
    check_place,
    read_object,
    read_patched,
)
from exporter.simulator.api.words import (
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    invalid_object,
    not_allowed,
    not_found,
    plain_error,
    unknown_format,
    wrong,
)
from exporter.simulator.history import History, Stored, timestamp
from exporter.simulator.resources import NAMESPACES, Kind, generated_name
from exporter.simulator.resources import namespace as new_namespace

_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName")
_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
PROTECTED = frozenset({"default", "kube-system", "kube-public"})
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


class Storage:
    """Makes the changes that callers ask for; ``rng`` makes the ends of generated names."""

    def __init__(self, history: History, rng: random.Random) -> None:
        self._history = history
        self._rng = rng

    def create(self, kind: Kind, namespace: str, sent: Sent) -> dict[str, Any]:
        """Create an object, and give it.

        Raises:
            Refused: 400, 403, 404, 409, 415, 422 or 500.
        """
        check_options("CreateOptions", sent.query)
        thing = read_object(kind, sent.body, sent.media)
        metadata = thing["metadata"] = dict(thing["metadata"])
        check_place(metadata, kind, namespace)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = generated_name(self._rng, metadata["generateName"])
        self._check_namespace(kind, namespace, metadata.get("name", ""))
        if metadata.get("resourceVersion"):
            raise plain_error("resourceVersion should not be set on objects to be created")
        if kind is NAMESPACES and metadata.get("name"):
            metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
        check_metadata(kind, metadata)
        name = metadata["name"]
        if self._history.get(kind, namespace, name):
            raise already_exists(kind, name)
        for field in (*_KEPT[:-1], "generation", "selfLink", "managedFields"):
            metadata.pop(field, None)
        if kind is NAMESPACES:
            thing = {**new_namespace(name), "metadata": metadata}
        return self._put(kind, thing, None, sent.query)

    def replace(self, kind: Kind, namespace: str, name: str, sent: Sent) -> dict[str, Any]:
        """Replace an object, and give it.

        Raises:
            Refused: 400, 404, 409, 415, 422 or 500.
        """
        check_options("UpdateOptions", sent.query)
        thing = read_object(kind, sent.body, sent.media)
        metadata = thing["metadata"] = dict(thing["metadata"])
        _check_name(metadata, name)
        check_place(metadata, kind, namespace)
        old = self._history.get(kind, namespace, name)
        if old is None:
            raise not_found(kind, name)
        _check_identity(kind, old, metadata)
        if not _version_of(metadata) and kind.group:
            cause = wrong("metadata.resourceVersion", 0, "must be specified for an update")
            raise invalid(kind.qualified, name, [cause], {"group": kind.group, "kind": kind.plural})
        return self._update(kind, old, thing, sent.query, patched=False)

    def patch(self, kind: Kind, namespace: str, name: str, sent: Sent) -> dict[str, Any]:
        """Patch an object, and give it.

        Raises:
            Refused: 400, 404, 409, 415 or 422.
        """
        check_format(kind, sent.media)
        check_options("PatchOptions", sent.query)
        old = self._history.get(kind, namespace, name)
        if old is None:
            raise not_found(kind, name)
        thing = read_patched(kind, name, apply_patch(sent.media, sent.body, old.thing))
        metadata = thing["metadata"]
        _check_name(metadata, name)
        check_place(metadata, kind, namespace)
        return self._update(kind, old, thing, sent.query, patched=True)

    def delete(self, kind: Kind, namespace: str, name: str, sent: Sent) -> dict[str, Any]:
        """Delete an object; give a ``Status``, or the object if it stays for a while.

        Raises:
            Refused: 400, 403, 404, 409, 415 or 422.
        """
        options = read_delete_options(sent)
        old = self._history.get(kind, namespace, name)
        if old is None:
            raise not_found(kind, name)
        check_preconditions(kind, old, options.get("preconditions") or {})
        if kind is NAMESPACES:
            return self._terminate(old, sent.query)
        gone = self._delete(kind, old, options)
        if gone is not None:
            return gone
        about = {"name": name, "group": kind.group, "kind": kind.plural, "uid": old.uid}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": about}

    def delete_all(self, kind: Kind, things: list[Stored], options: Mapping[str, Any]) -> None:
        """Delete objects that were found just now."""
        for thing in things:
            self._delete(kind, thing, options)

    def _delete(self, kind: Kind, old: Stored, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """Delete it, or give it if it stays until somebody takes its finalizers away."""
        thing = old.thing
        metadata = thing["metadata"]
        finalizers = list(metadata.get("finalizers", ()))
        wanted = _FINALIZERS.get(options.get("propagationPolicy") or "")
        if wanted and wanted not in finalizers:
            finalizers.append(wanted)
        dry = bool(options.get("dryRun"))
        if not finalizers:
            if not dry:
                self._history.drop(kind, old.namespace, old.name)
            return None
        if "deletionTimestamp" in metadata or dry:
            return thing
        metadata |= {
            "deletionTimestamp": timestamp(self._history.now()),
            "deletionGracePeriodSeconds": 0,
            "finalizers": finalizers,
            "generation": old.generation + 1,
        }
        return self._history.put(kind, thing)

    def _terminate(self, old: Stored, query: Query) -> dict[str, Any]:
        if old.name in PROTECTED:
            raise forbidden(NAMESPACES, old.name, "this namespace may not be deleted")
        thing = old.thing
        if thing["metadata"].get("deletionTimestamp"):
            return thing
        thing["metadata"]["deletionTimestamp"] = timestamp(self._history.now())
        thing["status"] = {"phase": "Terminating"}
        return thing if "dryRun" in query else self._history.put(NAMESPACES, thing)

    def _update(self, kind: Kind, old: Stored, thing: dict[str, Any], query: Query, *, patched: bool) -> dict[str, Any]:
        before = old.thing
        _check_identity(kind, old, thing["metadata"], patched=patched)
        if (version := _version_of(thing["metadata"])) and version != old.version:
            raise conflict(kind, old.name, MODIFIED)
        metadata = thing["metadata"] = _carried(kind, old, before["metadata"], thing["metadata"])
        check_metadata(kind, metadata, again=patched)
        _check_finalizers(kind, before["metadata"], metadata)
        if thing == before:
            return before
        if kind.group and _content(thing) != _content(before):
            metadata["generation"] = old.generation + 1
        if metadata.get("deletionTimestamp") and not metadata.get("finalizers") and kind.group:
            if "dryRun" not in query:
                self._history.drop(kind, old.namespace, old.name)
            return thing
        return self._put(kind, thing, old, query)

    def _put(self, kind: Kind, thing: dict[str, Any], old: Stored | None, query: Query) -> dict[str, Any]:
        if "dryRun" not in query:
            return self._history.put(kind, thing)
        if old is not None:
            return thing
        return thing | {"metadata": {**self._history.fresh(), "generation": 1, **thing["metadata"]}}

    def _check_namespace(self, kind: Kind, namespace: str, name: str) -> None:
        if not kind.namespaced:
            return
        home = self._history.get(NAMESPACES, "", namespace)
        if home is None:
            raise not_found(NAMESPACES, namespace)
        if home.thing["metadata"].get("deletionTimestamp"):
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {namespace} is being terminated",
                "field": "metadata.namespace",
            }
            problem = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(kind, name, problem, [cause])


def check_format(kind: Kind, media: str) -> None:
    """Refuse a patch in a format that is not read; that of server-side apply is the one which a real server reads.

    Raises:
        Refused: 415.
    """
    formats = (JSON_PATCH, MERGE) if kind.group else (JSON_PATCH, MERGE, STRATEGIC)
    if media == APPLY:
        raise unknown_format(formats)
    if media not in formats:
        raise unknown_format((*formats, APPLY))


def _check_identity(kind: Kind, old: Stored, metadata: Mapping[str, Any], *, patched: bool = False) -> None:
    uid = metadata.get("uid")
    if not uid or uid == old.uid:
        return
    if patched:
        cause = wrong("metadata.uid", uid, "field is immutable")
        raise invalid_object(kind, old.name, [cause, cause])
    where = f"/registry/{kind.group}/{kind.plural}/{old.key}" if kind.group else f"/registry/{kind.plural}/{old.key}"
    problem = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.uid}"
    raise conflict(
        kind,
        old.name,
        f"StorageError: invalid object, Code: 4, Key: {where}, ResourceVersion: 0, AdditionalErrorMsg: {problem}",
    )


def _version_of(metadata: Mapping[str, Any]) -> int:
    text = metadata.get("resourceVersion") or "0"
    if problem := version_problem(text):
        raise plain_error(problem)
    return int(text)


def _carried(kind: Kind, old: Stored, before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata of an update: those that were given, but as before what only a server sets."""
    metadata = dict(given)
    for field in _KEPT:
        if field in before:
            metadata[field] = before[field]
        elif field != "generateName":
            metadata.pop(field, None)
    metadata["resourceVersion"] = str(old.version)
    if kind.group:
        metadata["generation"] = old.generation
    return {name: value for name, value in metadata.items() if value not in ({}, [], None)}


def _check_name(metadata: Mapping[str, Any], name: str) -> None:
    said = metadata.get("name", "")
    if not said:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if said != name:
        raise bad_request(f"the name of the object ({said}) does not match the name on the URL ({name})")


def _check_finalizers(kind: Kind, before: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    if not before.get("deletionTimestamp"):
        return
    fresh = [name for name in metadata.get("finalizers") or () if name not in (before.get("finalizers") or ())]
    if fresh:
        listed = ", ".join(map(quoted, fresh))
        problem = "no new finalizers can be added if the object is being deleted, found new finalizers"
        cause = not_allowed("metadata.finalizers", f"{problem} []string{{{listed}}}")
        raise invalid_object(kind, metadata["name"], [cause, cause])


def _content(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name != "metadata"}
