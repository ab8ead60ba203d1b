"""The OpenAPI documents, as small as kubectl's ``apply`` and ``explain`` allow: the kinds, and no schema of theirs."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from exporter.simulator.api.words import JSON, TEXT
from exporter.simulator.resources import KINDS, Kind

ROOT = "/openapi/v3"
V2, V2_PROTOBUF = "/openapi/v2", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PARAMETERS = {
    "post": ("dryRun", "fieldManager", "fieldValidation", "pretty"),
    "put": ("dryRun", "fieldManager", "fieldValidation", "pretty"),
    "patch": ("dryRun", "fieldManager", "fieldValidation", "force", "pretty"),
    "delete": ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy", "pretty"),
    "get": ("pretty",),
}

_encode = msgspec.json.Encoder().encode


class OpenApi:
    """Answers ``/openapi/v3`` with what is below it, and ``/openapi/v2``."""

    def __init__(self) -> None:
        self._documents = dict(_documents(KINDS))
        index = {
            path: {"serverRelativeURL": f"{ROOT}/{path}?hash={_hash(body)}"} for path, body in self._documents.items()
        }
        self._index = _encode({"paths": index}) + b"\n"
        self._v2 = _encode(_swagger())

    def find(self, path: str, accept: str) -> tuple[bytes, dict[str, str]] | None:
        """Give a document and its headers; None for a path that is none of these."""
        if path == V2:
            if "protobuf" in accept:
                return _swagger_protobuf(), {"Content-Type": V2_PROTOBUF}
            return self._v2, {"Content-Type": JSON}
        if path == ROOT:
            return self._index, {"Content-Type": TEXT}
        body = self._documents.get(path.removeprefix(f"{ROOT}/")) if path.startswith(ROOT) else None
        if body is None:
            return None
        return body, {"Content-Type": JSON, "ETag": f'"{_hash(body)}"', "Vary": "Accept"}


def _documents(kinds: Sequence[Kind]) -> Iterable[tuple[str, bytes]]:
    for api_version in dict.fromkeys(kind.api_version for kind in kinds):
        found = [kind for kind in kinds if kind.api_version == api_version]
        root = "apis" if found[0].group else "api"
        yield f"{root}/{api_version}", _encode(_document(found, f"/{root}/{api_version}"))


def _document(kinds: Sequence[Kind], root: str) -> Mapping[str, Any]:
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {_META: {"description": "What every object has.", "type": "object"}}
    for kind in kinds:
        many = f"{root}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"
        paths[f"{root}/{kind.plural}"] = {"get": _operation(kind, "get")}
        paths[many] = {method: _operation(kind, method) for method in ("get", "post")}
        paths[f"{many}/{{name}}"] = {method: _operation(kind, method) for method in ("get", "put", "patch", "delete")}
        schemas[_schema_name(kind)] = _schema(kind)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Simulated", "version": "v0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(kind: Kind, method: str) -> Mapping[str, Any]:
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS[method]]
    return {
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": method,
        "x-kubernetes-group-version-kind": _type(kind),
    }


def _schema(kind: Kind) -> Mapping[str, Any]:
    return {
        "description": f"A {kind.kind}; its fields are not described here, and none is checked.",
        "type": "object",
        "properties": {
            "apiVersion": {"description": "The group and version of the kind.", "type": "string"},
            "kind": {"description": "The kind.", "type": "string"},
            "metadata": {
                "description": "What every object has.",
                "allOf": [{"$ref": f"#/components/schemas/{_META}"}],
            },
        },
        "x-kubernetes-group-version-kind": [_type(kind)],
        "x-kubernetes-preserve-unknown-fields": True,
    }


def _schema_name(kind: Kind) -> str:
    domain = ".".join(reversed(kind.group.split("."))) if kind.group else "io.k8s.api.core"
    return f"{domain}.{kind.version}.{kind.kind}"


def _type(kind: Kind) -> Mapping[str, str]:
    return {"group": kind.group, "kind": kind.kind, "version": kind.version}


def _swagger() -> Mapping[str, Any]:
    return {"swagger": "2.0", "info": {"title": "Simulated", "version": "v0"}, "paths": {}, "definitions": {}}


def _swagger_protobuf() -> bytes:
    """The same in the binary form, the only one that older kubectls take."""
    info = _field(1, b"Simulated") + _field(2, b"v0")
    return _field(1, b"2.0") + _field(2, info) + _field(8, b"") + _field(9, b"")


def _field(number: int, content: bytes) -> bytes:
    # A length-delimited field; everything here is shorter than 128 bytes.
    return bytes((number << 3 | 2, len(content))) + content


def _hash(body: bytes) -> str:
    return hashlib.sha512(body).hexdigest().upper()
