"""The documents that tell what is served: clients read them before anything else."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from exporter.simulator.api.forms import MEDIA, read_accept
from exporter.simulator.api.words import JSON, WRITTEN, Refused, not_acceptable
from exporter.simulator.resources import KINDS, Kind

KUBERNETES = ("1", "36", "v1.36.3")
"""The version whose behaviour is imitated."""
AGGREGATED_GROUP, AGGREGATED_KIND, AGGREGATED_VERSION = "apidiscovery.k8s.io", "APIGroupDiscoveryList", "v2"

_encode = msgspec.json.Encoder().encode


class Discovery:
    """Answers ``/version``, ``/api``, ``/apis`` and what is below them up to a version."""

    def __init__(self) -> None:
        self._plain = {path: _encode(document) + b"\n" for path, document in _documents(KINDS).items()}
        self._aggregated = {
            "/api": _aggregated(KINDS, ("",)),
            "/apis": _aggregated(KINDS, _groups(KINDS)),
        }

    def find(self, path: str, accept: str) -> tuple[bytes, dict[str, str]] | None:
        """Give a document and its headers; None for a path that is none of these.

        Raises:
            Refused: 406.
        """
        if path.rstrip("/") not in self._plain:
            return None
        path = path.rstrip("/")
        if path in self._aggregated and _wants_aggregated(accept):
            body = self._aggregated[path]
            media = f"{JSON};g={AGGREGATED_GROUP};v={AGGREGATED_VERSION};as={AGGREGATED_KIND}"
            return body, {
                "Content-Type": media,
                "Cache-Control": "public",
                "ETag": f'"{_hash(body)}"',
                "Vary": "Accept",
            }
        _check_accept(path, accept)
        return self._plain[path], {"Content-Type": JSON}


def _wants_aggregated(accept: str) -> bool:
    choices = [choice.parameters for choice in read_accept(accept) if choice.media == JSON]
    wanted = (AGGREGATED_GROUP, AGGREGATED_VERSION, AGGREGATED_KIND)
    if wanted in {(found.get("g"), found.get("v"), found.get("as")) for found in choices}:
        return True
    if choices and all("as" in found for found in choices) and "*/*" not in accept:
        raise not_acceptable()
    return False


def _check_accept(path: str, accept: str) -> None:
    if not accept or any(choice.media in MEDIA for choice in read_accept(accept)):
        return
    if not path.startswith("/apis"):
        known = JSON if path == "/version" else WRITTEN
        raise Refused(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {known}", {})
    raise not_acceptable()


def _documents(kinds: Sequence[Kind]) -> Mapping[str, Any]:
    groups = {group: _group(group, kinds) for group in _groups(kinds)}
    documents: dict[str, Any] = {
        "/version": _version(),
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(groups.values())},
    }
    for name, group in groups.items():
        documents[f"/apis/{name}"] = {"kind": "APIGroup", "apiVersion": "v1", **group}
    for api_version in dict.fromkeys(kind.api_version for kind in kinds):
        found = [kind for kind in kinds if kind.api_version == api_version]
        documents[f"{'/apis' if found[0].group else '/api'}/{api_version}"] = _resources(found)
    return documents


def _version() -> Mapping[str, str]:
    major, minor, version = KUBERNETES
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": f"{version}+simulated",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    }


def _resources(kinds: Sequence[Kind]) -> Mapping[str, Any]:
    """Give the document of one version of a group; that of the core group does not say which version it is itself."""
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if kinds[0].group else {}),
        "groupVersion": kinds[0].api_version,
        "resources": [_resource(kind) for kind in sorted(kinds, key=lambda kind: kind.plural)],
    }


def _groups(kinds: Sequence[Kind]) -> list[str]:
    return list(dict.fromkeys(kind.group for kind in kinds if kind.group))


def _group(group: str, kinds: Sequence[Kind]) -> dict[str, Any]:
    versions = dict.fromkeys(kind.version for kind in kinds if kind.group == group)
    listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def _resource(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": kind.verbs,
        **_other_names(kind),
        "storageVersionHash": storage_hash(kind),
    }


def storage_hash(kind: Kind) -> str:
    """Give the hash by which clients see that objects are stored in another version."""
    digest = hashlib.sha256(f"{kind.group}/{kind.version}/{kind.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _aggregated(kinds: Sequence[Kind], groups: Sequence[str]) -> bytes:
    items = []
    for group in groups:
        found = sorted((kind for kind in kinds if kind.group == group), key=lambda kind: kind.plural)
        resources = [_aggregated_resource(kind) for kind in found]
        current = {"version": found[0].version, "resources": resources, "freshness": "Current"}
        items.append({"metadata": {"name": group} if group else {}, "versions": [current]})
    version = f"{AGGREGATED_GROUP}/{AGGREGATED_VERSION}"
    return _encode({"kind": AGGREGATED_KIND, "apiVersion": version, "metadata": {}, "items": items}) + b"\n"


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    # NB the built-in kinds of a real server leave out group and version here.
    group, version = (kind.group, kind.version) if kind.group else ("", "")
    return {
        "resource": kind.plural,
        "responseKind": {"group": group, "version": version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": kind.verbs,
        **_other_names(kind),
    }


def _other_names(kind: Kind) -> dict[str, Any]:
    names = {"shortNames": kind.short_names, "categories": kind.categories}
    return {member: words for member, words in names.items() if words}


def _hash(body: bytes) -> str:
    return hashlib.sha512(body).hexdigest().upper()
