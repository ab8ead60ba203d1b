"""Every setting, declared once: its field, its name, how it is written, its default, what it does."""

from typing import Annotated, Any, get_type_hints

import msgspec

from exporter.config.values import (
    ADDRESS,
    COUNT,
    DURATION,
    LABEL_KEY,
    LINE,
    NAMESPACE,
    PATH,
    POSITIVE_DURATION,
    SIZE,
    SWITCH,
    Kind,
    one_of,
)
from exporter.kinds.workflow.reading import WELL_KNOWN_LABELS
from exporter.web.address import Address

CLUSTER, CACHE, METRICS, WEB, PROCESS = "Cluster", "Cache and lookups", "Metrics", "Web", "Process"


class Setting(msgspec.Struct, frozen=True):
    """One line of the table."""

    name: str
    """As a flag without its dashes, and as the path of keys in the file."""
    kind: Kind[Any]
    default: str
    group: str
    """The heading it stands under in ``--help``."""
    help: str
    many: bool = False
    """Whether it takes a list: commas, repeated flags, a YAML sequence; an empty text is the empty list."""
    field: str = ""
    """Its name in ``Settings``; filled in by the table."""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper().replace(".", "_").replace("-", "_")


PREFIX = "INFORMER_EXPORTER_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the user chose, checked and typed: durations in seconds, sizes in bytes."""

    config_file: Annotated[
        str,
        Setting("config.file", LINE, "", PROCESS, "A YAML file with settings; every other setting can stand in it."),
    ]
    kubeconfig: Annotated[
        str,
        Setting(
            "kubeconfig",
            LINE,
            "",
            CLUSTER,
            "The kubeconfig to use; empty means $KUBECONFIG, else ~/.kube/config, else the pod's service account.",
        ),
    ]
    context: Annotated[
        str, Setting("context", LINE, "", CLUSTER, "The kubeconfig's context; empty means its current one.")
    ]
    namespaces: Annotated[
        tuple[str, ...],
        Setting("namespaces", NAMESPACE, "", CLUSTER, "The namespaces to watch; empty means all of them.", many=True),
    ]
    label_selector: Annotated[
        str, Setting("label-selector", LINE, "", CLUSTER, "Watch only the objects with these labels.")
    ]
    list_page_size: Annotated[int, Setting("list.page-size", COUNT, "500", CLUSTER, "Objects in one page of a list.")]
    list_jitter: Annotated[
        float,
        Setting(
            "list.jitter",
            DURATION,
            "0s",
            CLUSTER,
            "Wait a random part of this before the first list; for many replicas, which would all ask at once.",
        ),
    ]
    watch_timeout: Annotated[
        float,
        Setting(
            "watch.timeout", POSITIVE_DURATION, "5m", CLUSTER, "How long the API server keeps one watch open, at least."
        ),
    ]
    frame_limit: Annotated[
        int, Setting("frame.limit", SIZE, "32MiB", CLUSTER, "The longest single watch event that is read.")
    ]
    resync_period: Annotated[
        float,
        Setting(
            "resync.period",
            DURATION,
            "10m",
            CACHE,
            "How often handlers are told every object again, from the cache; 0 for never.",
        ),
    ]
    index_labels: Annotated[
        tuple[str, ...],
        Setting(
            "index.labels",
            LABEL_KEY,
            ",".join(WELL_KNOWN_LABELS),
            CACHE,
            "The labels that are indexed; empty for none.",
            many=True,
        ),
    ]
    index_annotations: Annotated[
        tuple[str, ...],
        Setting("index.annotations", LABEL_KEY, "", CACHE, "The annotations that are indexed.", many=True),
    ]
    lookup: Annotated[bool, Setting("lookup", SWITCH, "true", CACHE, "Answer lookups of objects over HTTP.")]
    cache_stale_after: Annotated[
        float,
        Setting(
            "cache.stale-after",
            POSITIVE_DURATION,
            "10m",
            CACHE,
            "Answer lookups with 503 when the API server has not been heard for this long.",
        ),
    ]
    metrics_max_groups: Annotated[
        int,
        Setting("metrics.max-groups", COUNT, "1000", METRICS, "Groups that are told apart; the rest is __overflow__."),
    ]
    metrics_max_groups_per_namespace: Annotated[
        int,
        Setting(
            "metrics.max-groups-per-namespace",
            COUNT,
            "100",
            METRICS,
            "Groups of one namespace that are told apart; the rest is __overflow__.",
        ),
    ]
    metrics_max_namespaces: Annotated[
        int,
        Setting(
            "metrics.max-namespaces", COUNT, "500", METRICS, "Namespaces that are told apart; the rest is __overflow__."
        ),
    ]
    metrics_group_retention: Annotated[
        float,
        Setting(
            "metrics.group-retention",
            POSITIVE_DURATION,
            "7d",
            METRICS,
            "How long a group's series stay after its last object is gone.",
        ),
    ]
    web_listen_address: Annotated[
        tuple[Address, ...],
        Setting(
            "web.listen-address",
            ADDRESS,
            "127.0.0.1:9798",
            WEB,
            "Where to listen: host:port, :port for every interface, [ipv6]:port.",
            many=True,
        ),
    ]
    web_telemetry_path: Annotated[
        str, Setting("web.telemetry-path", PATH, "/metrics", WEB, "The path that serves the metrics.")
    ]
    log_level: Annotated[
        str,
        Setting("log.level", one_of("debug", "info", "warn", "error"), "info", PROCESS, "The least that is logged."),
    ]
    log_format: Annotated[
        str, Setting("log.format", one_of("logfmt", "json"), "logfmt", PROCESS, "How a log line is written.")
    ]
    stop_timeout: Annotated[
        float,
        Setting(
            "stop.timeout",
            DURATION,
            "10s",
            PROCESS,
            "How long requests in flight may take to end when the process stops.",
        ),
    ]


def _table() -> tuple[Setting, ...]:
    hints = get_type_hints(Settings, include_extras=True)
    return tuple(
        msgspec.structs.replace(hints[field].__metadata__[0], field=field) for field in Settings.__struct_fields__
    )


TABLE = _table()
"""All settings, in the order of ``Settings``."""

GROUPS = (CLUSTER, CACHE, METRICS, WEB, PROCESS)
"""The headings, in the order of ``--help``."""
