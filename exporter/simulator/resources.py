"""The kinds that are served: how each is named, where it lives, and what a table shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table beside the name, as the kind's definition declares it."""

    name: str
    type: str
    path: tuple[str, ...]
    """Where its value stands in the object."""
    format: str = ""
    description: str = ""


CREATED = ("metadata", "creationTimestamp")
AGE = Column(
    "Age",
    "date",
    CREATED,
    description="CreationTimestamp is a timestamp representing the server time when this object was created. It is "
    "not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It "
    "is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
)
"""The one column of a kind that declares none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[Column, ...] = (AGE,)
    verbs: tuple[str, ...] = field(
        default=("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
    )

    @property
    def api_version(self) -> str:
        """What stands in ``apiVersion``: ``v1``, ``argoproj.io/v1alpha1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The name for one."""
        return self.kind.lower()

    @property
    def list_kind(self) -> str:
        """The ``kind`` of a list of them."""
        return f"{self.kind}List"

    @property
    def qualified(self) -> str:
        """The name with its group, as messages write it: ``workflows.argoproj.io``, ``namespaces``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _defined(name: str, type_: str, *path: str, format_: str = "") -> Column:
    # In these words a server describes a column whose definition does not.
    words = f"Custom resource definition column (in JSONPath format): .{'.'.join(path)}"
    return Column(name, type_, path, format_, words)


ARGO, V1ALPHA1 = "argoproj.io", "v1alpha1"

WORKFLOWS = Kind(
    ARGO,
    V1ALPHA1,
    "workflows",
    "Workflow",
    short_names=("wf",),
    columns=(
        _defined("Status", "string", "status", "phase"),
        _defined("Age", "date", "status", "startedAt", format_="date-time"),
        _defined("Message", "string", "status", "message"),
    ),
)
CRON_WORKFLOWS = Kind(ARGO, V1ALPHA1, "cronworkflows", "CronWorkflow", short_names=("cwf", "cronwf"))
WORKFLOW_TEMPLATES = Kind(ARGO, V1ALPHA1, "workflowtemplates", "WorkflowTemplate", short_names=("wftmpl",))
CLUSTER_WORKFLOW_TEMPLATES = Kind(
    ARGO,
    V1ALPHA1,
    "clusterworkflowtemplates",
    "ClusterWorkflowTemplate",
    namespaced=False,
    short_names=("clusterwftmpl", "cwft"),
)
EVENT_BINDINGS = Kind(ARGO, V1ALPHA1, "workfloweventbindings", "WorkflowEventBinding", short_names=("wfeb",))
TASK_RESULTS = Kind(ARGO, V1ALPHA1, "workflowtaskresults", "WorkflowTaskResult")
TASK_SETS = Kind(ARGO, V1ALPHA1, "workflowtasksets", "WorkflowTaskSet", short_names=("wfts",))
ARTIFACT_GC_TASKS = Kind(ARGO, V1ALPHA1, "workflowartifactgctasks", "WorkflowArtifactGCTask", short_names=("wfat",))

NAMESPACES = Kind(
    "",
    "v1",
    "namespaces",
    "Namespace",
    namespaced=False,
    short_names=("ns",),
    columns=(
        Column("Status", "string", ("status", "phase"), description="The status of the namespace"),
        replace(AGE, type="string"),
    ),
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
)

ARGO_KINDS = (
    *(WORKFLOWS, CRON_WORKFLOWS, WORKFLOW_TEMPLATES, CLUSTER_WORKFLOW_TEMPLATES),
    *(EVENT_BINDINGS, TASK_RESULTS, TASK_SETS, ARTIFACT_GC_TASKS),
)
KINDS = (NAMESPACES, *ARGO_KINDS)


_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH, _STEM_LIMIT = 5, 58


def generated_name(rng: Random, stem: str) -> str:
    """Draw a name for a ``generateName``, as a server does."""
    return stem[:_STEM_LIMIT] + "".join(rng.choices(_SUFFIX_LETTERS, k=_SUFFIX_LENGTH))


def namespace(name: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give a namespace as a server makes it, to be put into a history."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {**(labels or {}), "kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
