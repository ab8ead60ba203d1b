"""Every setting, declared once: its field, its name, how it is written, its default, what it does."""

from typing import Annotated, get_type_hints

import msgspec

from exporter.config.setting import CACHE, CLUSTER, METRICS, PROCESS, WEB, Setting
from exporter.config.values import (
    ADDRESS,
    COUNT,
    DURATION,
    FACTOR,
    LABEL_KEY,
    LINE,
    NAMED_PATTERN,
    NAMESPACE,
    OPTIONAL_LABEL_KEY,
    PATH,
    POSITIVE_DURATION,
    SELECTOR,
    SIZE,
    SWITCH,
    ZONE,
    NamedPattern,
    one_of,
)
from exporter.kinds.workflow.reading import WELL_KNOWN_LABELS
from exporter.web.address import Address


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the user chose, checked and typed: durations in seconds, sizes in bytes."""

    config_file: Annotated[
        str,
        Setting("config.file", LINE, "", PROCESS, "A YAML file with settings. Every other setting can stand in it."),
    ]
    kubeconfig: Annotated[
        str,
        Setting(
            "kubeconfig",
            LINE,
            "",
            CLUSTER,
            "The kubeconfig to use. Empty means `$KUBECONFIG` (which may list several files, as for kubectl), else "
            "`~/.kube/config`, else the pod's service account.",
        ),
    ]
    context: Annotated[
        str, Setting("context", LINE, "", CLUSTER, "The context of the kubeconfig. Empty means its current one.")
    ]
    namespaces: Annotated[
        tuple[str, ...],
        Setting("namespaces", NAMESPACE, "", CLUSTER, "The namespaces to watch. Empty means all of them.", many=True),
    ]
    label_selector: Annotated[
        str,
        Setting(
            "label-selector",
            SELECTOR,
            "",
            CLUSTER,
            "Watch only the objects with these labels, written as for kubectl: `team=a`, "
            "`workflows.argoproj.io/phase notin (Succeeded, Failed)`, or both with a comma between them. Empty means "
            "every object. What is not watched is neither counted nor found by a lookup.",
        ),
    ]
    collector_cronworkflows: Annotated[
        bool,
        Setting(
            "collector.cronworkflows",
            SWITCH,
            "true",
            CLUSTER,
            "Watch CronWorkflows as well: the metrics tell which one did not run, lookups answer them, and the page "
            "shows them. Where there are none, or nobody may read them, everything else works as without.",
        ),
    ]
    collector_workflowtemplates: Annotated[
        bool,
        Setting(
            "collector.workflowtemplates",
            SWITCH,
            "true",
            CLUSTER,
            "Watch WorkflowTemplates as well: they are counted, and lookups answer them.",
        ),
    ]
    collector_clusterworkflowtemplates: Annotated[
        bool,
        Setting(
            "collector.clusterworkflowtemplates",
            SWITCH,
            "true",
            CLUSTER,
            "Watch ClusterWorkflowTemplates as well: they are counted, and lookups answer them. It needs a right for "
            "the whole cluster, and nothing else waits for it.",
        ),
    ]
    collector_nodes: Annotated[
        bool,
        Setting(
            "collector.nodes",
            SWITCH,
            "false",
            CLUSTER,
            "Count the nodes of unfinished workflows (`argowf_workflow_nodes`), which must then be decoded at every "
            "event: dear where workflows have hundreds of them.",
        ),
    ]
    list_page_size: Annotated[
        int, Setting("list.page-size", COUNT, "500", CLUSTER, "How many objects one page of a list may have.")
    ]
    list_jitter: Annotated[
        float,
        Setting(
            "list.jitter",
            DURATION,
            "0s",
            CLUSTER,
            "Wait a random part of this before the first list: for many replicas, which would all ask at once.",
        ),
    ]
    watch_timeout: Annotated[
        float,
        Setting(
            "watch.timeout",
            POSITIVE_DURATION,
            "5m",
            CLUSTER,
            "How long one watch lasts: the API server is asked to end it after a random time between this and twice "
            "this. The next one goes on where it ended, without a new list.",
        ),
    ]
    frame_limit: Annotated[
        int,
        Setting(
            "frame.limit",
            SIZE,
            "32MiB",
            CLUSTER,
            "The longest watch event that is read. A longer one is counted as a decode error, and the connection is "
            "dropped.",
        ),
    ]
    resync_period: Annotated[
        float,
        Setting(
            "resync.period",
            DURATION,
            "10m",
            CACHE,
            "How often everything in the cache is told again to those that follow it, as client-go does it. The API "
            "server is not asked, and the totals do not change by it. 0 means never.",
        ),
    ]
    index_labels: Annotated[
        tuple[str, ...],
        Setting(
            "index.labels",
            LABEL_KEY,
            ",".join(WELL_KNOWN_LABELS),
            CACHE,
            "The labels by which the cache keeps an index. A list may be selected by any label; with an index it reads "
            "only what it gives, without one it looks into every object. Each costs memory for every object that has "
            "the label. Empty means none.",
            many=True,
        ),
    ]
    index_annotations: Annotated[
        tuple[str, ...],
        Setting(
            "index.annotations",
            LABEL_KEY,
            "",
            CACHE,
            "The annotations by which the cache keeps an index. A list may be selected by these alone "
            "(`annotationSelector=key=value`).",
            many=True,
        ),
    ]
    lookup: Annotated[
        bool,
        Setting(
            "lookup",
            SWITCH,
            "true",
            CACHE,
            "Answer lookups over HTTP: objects by key, lists, and all that kubectl asks before it shows them. Whoever "
            "reaches the address can read every object.",
        ),
    ]
    cache_stale_after: Annotated[
        float,
        Setting(
            "cache.stale-after",
            POSITIVE_DURATION,
            "15m",
            CACHE,
            "How long lookups are still answered after the API server was last heard; then they are answered with 503. "
            "A quiet one is heard about once a minute, or, if it sends no bookmarks, when a watch ends "
            "(`--watch.timeout`): keep it above that. (`/readyz` does not wait: it is 503 as soon as the watch is "
            "known to be lost.)",
        ),
    ]
    metrics_max_groups: Annotated[
        int,
        Setting(
            "metrics.max-groups",
            COUNT,
            "1000",
            METRICS,
            "How many groups have series of their own; further ones are counted together as `__overflow__`. A group is "
            "one value of `template_kind`, `template_name` and `cron_workflow` in one namespace.",
        ),
    ]
    metrics_max_groups_per_namespace: Annotated[
        int,
        Setting(
            "metrics.max-groups-per-namespace",
            COUNT,
            "100",
            METRICS,
            "How many groups of one namespace have series of their own; further ones are its `__overflow__`.",
        ),
    ]
    metrics_max_namespaces: Annotated[
        int,
        Setting(
            "metrics.max-namespaces",
            COUNT,
            "500",
            METRICS,
            "How many namespaces have series of their own; further ones are counted together as `__overflow__`.",
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
    metrics_max_cronworkflows: Annotated[
        int,
        Setting(
            "metrics.max-cronworkflows",
            COUNT,
            "2000",
            METRICS,
            "How many CronWorkflows have series of their own; how many have none is told.",
        ),
    ]
    metrics_group_label: Annotated[
        str,
        Setting(
            "metrics.group-label",
            OPTIONAL_LABEL_KEY,
            "",
            METRICS,
            "A label of workflows that tells groups apart as well, such as `team`: it is `label_team` in the metrics "
            "(all but letters, digits and underscores become underscores). Empty means none.",
        ),
    ]
    metrics_group_duration_buckets: Annotated[
        tuple[float, ...],
        Setting(
            "metrics.group-duration-buckets",
            POSITIVE_DURATION,
            "",
            METRICS,
            "The bounds of the buckets in which the durations of each group are counted: dear, since every "
            "group has all of them for each phase. Empty means none, and then their sum and number are told.",
            many=True,
        ),
    ]
    metrics_failure_patterns: Annotated[
        tuple[NamedPattern, ...],
        Setting(
            "metrics.failure-patterns",
            NAMED_PATTERN,
            "",
            METRICS,
            "Reasons of failures, as `reason=pattern`: a regular expression that is looked for in the message of a "
            "failed workflow (and of its failed node), before the reasons that are known anyway. Within a pattern "
            r"write `\x2c` for a comma. The first 1,024 characters are looked at; a pattern that must go back and "
            "forth holds everything up meanwhile: better `a+b` than `(a+)+b`.",
            many=True,
        ),
    ]
    metrics_overdue_factor: Annotated[
        float,
        Setting(
            "metrics.overdue-factor",
            FACTOR,
            "2",
            METRICS,
            "A running workflow is overdue when it takes so many times as long as the controller had estimated.",
        ),
    ]
    metrics_stuck_after: Annotated[
        float,
        Setting(
            "metrics.stuck-after",
            POSITIVE_DURATION,
            "1d",
            METRICS,
            "A running workflow is stuck when nobody has written to it for so long. Nothing is written while a long "
            "step runs: keep it over the longest.",
        ),
    ]
    cron_timezone: Annotated[
        str,
        Setting(
            "cron.timezone",
            ZONE,
            "UTC",
            METRICS,
            "The time zone of CronWorkflows that name none: that in which the controller runs.",
        ),
    ]
    cron_grace: Annotated[
        float,
        Setting(
            "cron.grace",
            POSITIVE_DURATION,
            "2m",
            METRICS,
            "How late a CronWorkflow may be scheduled before that counts as missed.",
        ),
    ]
    web_listen_address: Annotated[
        tuple[Address, ...],
        Setting(
            "web.listen-address",
            ADDRESS,
            "127.0.0.1:9798",
            WEB,
            "Where to listen: `host:port`, `:port` for every interface, `[ipv6]:port`.",
            many=True,
        ),
    ]
    web_config_file: Annotated[
        str,
        Setting(
            "web.config.file",
            LINE,
            "",
            WEB,
            "A YAML file with TLS, client certificates and users with passwords, in the form of Prometheus' exporters "
            "(docs/web-config.md). It, and the certificates it names, are read again when they change.",
        ),
    ]
    web_enable_lifecycle: Annotated[
        bool,
        Setting(
            "web.enable-lifecycle",
            SWITCH,
            "false",
            WEB,
            "Read the web configuration again at a POST to `/-/reload`, too.",
        ),
    ]
    web_allow_unauthenticated_lookups: Annotated[
        bool,
        Setting(
            "web.allow-unauthenticated-lookups",
            SWITCH,
            "false",
            WEB,
            "Answer lookups on an address beyond loopback though nobody is asked who they are. Whoever reaches it can "
            "read every object, whatever the cluster's RBAC says.",
        ),
    ]
    auth_filter: Annotated[
        bool,
        Setting(
            "auth-filter",
            SWITCH,
            "false",
            WEB,
            "Let in only callers with a bearer token that the API server knows (TokenReview), and show each what it "
            "may read there (SubjectAccessReview): `get` on the path `/metrics` for a scrape, `get` or `list` on the "
            "resource for lookups and the page. Only the probes, and the page's files, stay open. Needs the right to "
            "create both reviews.",
        ),
    ]
    auth_allow_ttl: Annotated[
        float,
        Setting(
            "auth.allow-ttl",
            POSITIVE_DURATION,
            "5m",
            WEB,
            "How long the auth filter remembers a caller, and what it may do: so long a token or a right that was "
            "withdrawn may still be good here.",
        ),
    ]
    auth_deny_ttl: Annotated[
        float,
        Setting(
            "auth.deny-ttl",
            POSITIVE_DURATION,
            "30s",
            WEB,
            "How long the auth filter remembers a refusal.",
        ),
    ]
    auth_token_audiences: Annotated[
        tuple[str, ...],
        Setting(
            "auth.token-audiences",
            LINE,
            "",
            WEB,
            "For whom the tokens of callers must be meant. Empty means the API server itself.",
            many=True,
        ),
    ]
    web_telemetry_path: Annotated[
        str, Setting("web.telemetry-path", PATH, "/metrics", WEB, "The path that serves the metrics.")
    ]
    state_file: Annotated[
        str,
        Setting(
            "state.file",
            LINE,
            "",
            PROCESS,
            "A file that says what has been counted, so that workflows that end while the process is restarted are "
            "counted as well, and once. It needs a folder that stays, and belongs to one process. Empty means none.",
        ),
    ]
    state_interval: Annotated[
        float,
        Setting(
            "state.interval", POSITIVE_DURATION, "1m", PROCESS, "How often the state file is written, beside the end."
        ),
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
            "5s",
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
