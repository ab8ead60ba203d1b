"""What can be asked for, in the documents with which an API server tells it: kubectl reads them before anything else.

A group of resources is told in two ways. The older is a document for each step: which groups, which versions of one,
which resources of one version. The newer, *aggregated*, is one document for all groups; a client that knows it says so
in ``Accept``. Both offer what is in the cache and nothing else, to ``get`` and ``list``.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from aiohttp.web import BaseRequest, Response

from exporter import __version__
from exporter.web.answers import COMMON, JSON, PRIVATE, not_acceptable
from exporter.web.conditions import names_version
from exporter.web.exchange import path_of
from exporter.web.negotiation import JSON_NAMES, accept_of, read_choices
from exporter.web.sources import Offered

KUBERNETES = (1, 36)
"""The version of Kubernetes whose dialect is spoken, and against which it is judged."""
VERBS = ("get", "list")
AGGREGATED = ("v2", "v2beta1")
"""Versions of the aggregated document; kubectl 1.27 to 1.29 know only the older one."""
AGGREGATED_GROUP, AGGREGATED_KIND = "apidiscovery.k8s.io", "APIGroupDiscoveryList"

Json: TypeAlias = dict[str, Any]


class Page(msgspec.Struct, frozen=True):
    """What is answered under one path."""

    plain: bytes
    aggregated: Mapping[str, bytes] = {}
    """The other form of the same by its version; empty where there is none."""


class Discovery:
    """Answers ``/version``, ``/api``, ``/apis`` and the paths of groups and versions below these two."""

    def __init__(self, served: Sequence[Offered]) -> None:
        pages = {path: Page(_encode(document)) for path, document in _documents(served).items()}
        pages["/api"] = _with_aggregate(pages["/api"], _core(served))
        pages["/apis"] = _with_aggregate(pages["/apis"], _groups(served))
        self.paths: Mapping[str, Page] = pages | {f"{path}/": page for path, page in pages.items()}
        """Every path that is answered here, each with and without a slash at its end."""

    async def answer(self, request: BaseRequest) -> Response:
        """The document under one of ``paths``, or 304 where the caller has this aggregated one already.

        Raises:
            Refused: 406 the caller takes nothing that is offered.
        """
        page = self.paths[path_of(request)]
        version = choose(accept_of(request), page)
        if version is None:
            return Response(body=page.plain, headers=_headers(JSON))
        body = page.aggregated[version]
        entity_tag = f'"{hashlib.sha256(body).hexdigest()}"'
        headers = {"ETag": entity_tag, "Vary": "Accept"}
        if names_version(",".join(request.headers.getall("If-None-Match", [])), entity_tag):
            return Response(status=304, headers=headers | COMMON)
        media = f"{JSON};g={AGGREGATED_GROUP};v={version};as={AGGREGATED_KIND}"
        return Response(body=body, headers=_headers(media) | headers)


def choose(accept: str, page: Page) -> str | None:
    """The version of the aggregated form that a client asks for, or None for the plain one.

    As for an API server, weights decide nothing: the first aggregated form that is offered wins wherever it stands.

    Raises:
        Refused: 406 neither is acceptable.
    """
    choices = [choice for choice in read_choices(accept) if choice.name in JSON_NAMES]
    for choice in choices:
        wanted = choice.parameters
        if (wanted.get("g"), wanted.get("as")) == (AGGREGATED_GROUP, AGGREGATED_KIND):
            version = wanted.get("v", "")
            if version in page.aggregated:
                return version
    if accept.strip() and all("as" in choice.parameters for choice in choices):
        raise not_acceptable(f"only the following media types are accepted: {JSON}")
    return None


def _documents(served: Sequence[Offered]) -> Mapping[str, Json]:
    documents: dict[str, Json] = {"/version": _version(), "/api": _core_versions(), "/apis": _group_list(served)}
    documents["/api/v1"] = _resource_list("v1", ())
    for group in _names(served):
        documents[f"/apis/{group}"] = {"kind": "APIGroup", "apiVersion": "v1", **_group(group, served)}
    for api_version in {one.resource.api_version: None for one in served}:
        found = [one for one in served if one.resource.api_version == api_version]
        root = "/apis" if found[0].resource.group else "/api"
        documents[f"{root}/{api_version}"] = _resource_list(api_version, found)
    return documents


def _version() -> Json:
    # What a build of Kubernetes would say about itself stays empty, since this is none; clients insist on the members.
    major, minor = map(str, KUBERNETES)
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{major}.{minor}.0+informer-exporter.{__version__.replace('+', '.')}",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    }


def _core_versions() -> Json:
    # No address is told: which one reaches us is known to whoever asks, and not here.
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def _group_list(served: Sequence[Offered]) -> Json:
    groups = [_group(group, served) for group in _names(served)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def _group(group: str, served: Sequence[Offered]) -> Json:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in _versions(_of(group, served))]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(api_version: str, served: Iterable[Offered]) -> Json:
    # NB an API server leaves out the document's own version for the core group, and clients have learned to.
    own = {"apiVersion": "v1"} if "/" in api_version else {}
    resources = [_resource(one) for one in served]
    return {"kind": "APIResourceList", **own, "groupVersion": api_version, "resources": resources}


def _resource(one: Offered) -> Json:
    return {
        "name": one.resource.plural,
        "singularName": one.singular,
        "namespaced": one.resource.namespaced,
        "kind": one.resource.kind,
        "verbs": VERBS,
        **_other_names(one),
    }


def _core(served: Sequence[Offered]) -> list[Json]:
    versions = _aggregated_versions(_of("", served)) or [{"version": "v1", "resources": [], "freshness": "Current"}]
    return [{"metadata": {}, "versions": versions}]


def _groups(served: Sequence[Offered]) -> list[Json]:
    return [
        {"metadata": {"name": group}, "versions": _aggregated_versions(_of(group, served))} for group in _names(served)
    ]


def _aggregated_versions(served: Sequence[Offered]) -> list[Json]:
    found = []
    for version in _versions(served):
        resources = [_aggregated_resource(one) for one in served if one.resource.version == version]
        found.append({"version": version, "resources": resources, "freshness": "Current"})
    return found


def _aggregated_resource(one: Offered) -> Json:
    resource = one.resource
    return {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": one.singular,
        "verbs": VERBS,
        **_other_names(one),
    }


def _other_names(one: Offered) -> Json:
    names = {"shortNames": one.short_names, "categories": one.categories}
    return {member: words for member, words in names.items() if words}


def _names(served: Sequence[Offered]) -> list[str]:
    return list(dict.fromkeys(one.resource.group for one in served if one.resource.group))


def _of(group: str, served: Sequence[Offered]) -> Sequence[Offered]:
    return [one for one in served if one.resource.group == group]


def _versions(served: Sequence[Offered]) -> list[str]:
    """In the order in which they are served: the first is the preferred one."""
    return list(dict.fromkeys(one.resource.version for one in served))


def _with_aggregate(page: Page, items: list[Json]) -> Page:
    return Page(page.plain, {version: _encode(_aggregate(version, items)) for version in AGGREGATED})


def _aggregate(version: str, items: list[Json]) -> Json:
    return {"kind": AGGREGATED_KIND, "apiVersion": f"{AGGREGATED_GROUP}/{version}", "metadata": {}, "items": items}


def _encode(document: Json) -> bytes:
    return msgspec.json.encode(document) + b"\n"


def _headers(media: str) -> dict[str, str]:
    return {"Content-Type": media, **PRIVATE, **COMMON}
