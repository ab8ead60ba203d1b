"""Resources, namespaces and versions as programs write them, checked before anybody is asked or waits."""

import re
from collections.abc import Iterable

from exporter.kube.objects import Resource

_WORD = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAMESPACE = re.compile(rf"(?=.{{1,63}}\Z){_WORD}")
_RESOURCE = re.compile(
    rf"(?:(?P<group>{_WORD}(?:\.{_WORD})*)/)?(?P<version>v[0-9]+(?:(?:alpha|beta)[0-9]+)?)/(?P<plural>{_WORD})"
)
_VERSION = re.compile(r"[1-9][0-9]*")
"""What Kubernetes compares: k8s.io/apimachinery/pkg/util/resourceversion."""


def resource(text: str) -> Resource:
    """Read ``v1/pods``, ``apps/v1/deployments``, ``argoproj.io/v1alpha1/workflows``: group, version, plural.

    The group of core resources is left out. Whether the API server serves it is not known here, nor is its kind.

    Raises:
        ValueError: it is not of this form.
    """
    found = _RESOURCE.fullmatch(text)
    if found is None:
        forms = "v1/pods, apps/v1/deployments or argoproj.io/v1alpha1/workflows"
        raise ValueError(f"{text!r} names no resource: write [group/]version/plural in small letters, as in {forms}")
    return Resource(found["group"] or "", found["version"], found["plural"], kind="")


def namespaces(chosen: str | Iterable[str]) -> tuple[str, ...]:
    """Read one namespace or several; none means all of them.

    Raises:
        ValueError: a namespace cannot have this name.
    """
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    for name in names:
        if not _NAMESPACE.fullmatch(name):
            raise ValueError(f"{name!r} cannot be a namespace")
    return names


def version(given: object) -> str:
    """Read a resourceVersion, as an answer of the API server has it: a text of digits.

    Raises:
        ValueError: it is not of this form.
    """
    if isinstance(given, str) and _VERSION.fullmatch(given):
        return given
    raise ValueError(f"{given!r} is no resourceVersion: give the text of digits that the API server's answer has")
