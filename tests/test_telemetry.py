"""What the rooms count appears on /metrics, under names that fit together, in forms that other parsers accept."""

import pytest

from exporter.informer.standing import Stand
from exporter.kinds.workflow import WORKFLOW
from exporter.metrics.family import Type, check_together
from exporter.metrics.text import Format
from exporter.store.codec import CodecStatistics, IdentityCodec
from exporter.telemetry import FAMILIES
from tests.expositions import exposition_of, read, rendered
from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import EPOCH, Rig, running
from tests.informer.troubles import Refuse
from tests.informer.virtual import settle, virtual
from tests.metrics.exposition import only, promtool_complaints, value
from tests.store.things import THINGS

RESOURCE = THINGS.name

LATER = {
    "informer_exporter_http_requests_total",
    "informer_exporter_api_requests_total",
    "informer_exporter_cronworkflows_overflowed",
    "informer_exporter_cronworkflows_facts_dropped_total",
    "informer_exporter_auth_reviews_total",
    "informer_exporter_auth_reviews_overloaded_total",
    "informer_exporter_state_last_write_timestamp_seconds",
    "informer_exporter_state_writes_total",
    "informer_exporter_state_errors_total",
    "informer_exporter_state_bytes",
    "informer_exporter_state_owed",
    "informer_last_contact_timestamp_seconds",
    "informer_last_event_timestamp_seconds",
    "informer_last_sync_timestamp_seconds",
}
"""Families without a line here: what is unknown until something happened, moments that have not come, and what is told
only where CronWorkflows are watched, a state file is kept, or callers are looked at."""


def test_no_two_families_of_the_program_can_be_taken_for_each_other() -> None:
    check_together((*FAMILIES, *WORKFLOW.families))


def test_every_family_has_the_prefix_of_its_domain() -> None:
    assert {family.name.split("_")[0] for family in FAMILIES} == {"informer"}
    assert {family.name.split("_")[0] for family in WORKFLOW.families} == {"argowf"}


@pytest.mark.parametrize("fmt", Format)
@virtual
async def test_a_live_informer_shows_what_it_did(fmt: Format) -> None:
    cluster = FakeCluster()
    one, two = cluster.create("one"), cluster.create("two")
    async with running(cluster) as rig:
        await settle()
        cluster.change(one)
        cluster.delete(two)
        await settle()
        found = read(exposition_of(rig), fmt)
    for name, labels, number in (
        ("informer_objects", {}, 1),
        ("informer_synced", {}, 1),
        ("informer_state", {"state": "live"}, 1),
        ("informer_state", {"state": "degraded"}, 0),
        ("informer_events_total", {"event": "added"}, 2),
        ("informer_events_total", {"event": "modified"}, 1),
        ("informer_events_total", {"event": "deleted"}, 1),
        ("informer_lists_total", {"reason": "initial"}, 1),
        ("informer_lists_total", {"reason": "expired"}, 0),
        ("informer_watches_total", {}, 1),
        ("informer_cache_references", {"state": "current"}, 0),
        ("informer_index_entries", {"index": "namespace"}, 1),
        ("informer_last_contact_timestamp_seconds", {}, EPOCH),
        ("informer_ignored_events_total", {}, 0),
        ("informer_exporter_series", {}, 0),
        ("informer_decode_errors_total", {}, 0),
        ("informer_resync_duration_seconds_count", {}, 0),
        ("informer_list_duration_seconds_count", {}, 1),
        ("informer_list_duration_seconds_bucket", {"le": "0.1"}, 1),
        ("informer_watch_duration_seconds_count", {}, 0),
        ("informer_handler_duration_seconds_count", {}, 4),
        ("informer_resync_corrections_total", {"kind": "missed_update"}, 0),
        ("informer_resync_corrections_total", {"kind": "aggregate_drift"}, 0),
        ("informer_degraded", {"reason": "network"}, 0),
        ("informer_transitions_total", {"state": "live"}, 1),
        ("informer_transitions_total", {"state": "degraded"}, 0),
        ("informer_backoff_seconds", {}, 0),
        ("informer_last_sync_timestamp_seconds", {}, EPOCH),
        ("informer_last_event_timestamp_seconds", {}, EPOCH),
        ("informer_subscriber_lags_total", {}, 0),
    ):
        assert value(found, name, resource=RESOURCE, **labels) == number, name
    assert value(found, "informer_cache_bytes", resource=RESOURCE) == sum(
        len(record.body) for _, record in rig.store.items()
    )


@virtual
async def test_the_site_the_client_the_log_and_the_process_are_shown_as_well() -> None:
    rig = Rig(FakeCluster())
    found = read(exposition_of(rig))
    assert value(found, "informer_exporter_http_requests_total", handler="object", code="404") == 1
    assert value(found, "informer_exporter_http_failures_total") == 1
    assert value(found, "informer_exporter_api_requests_total", verb="list", code="200") == 4
    assert value(found, "informer_exporter_api_requests_total", verb="watch", code="error") == 1
    assert value(found, "informer_exporter_api_received_bytes_total") == 7_000
    assert value(found, "informer_exporter_api_open_watches") == 2
    assert value(found, "informer_exporter_lookups_total") == 5
    assert value(found, "informer_exporter_lookup_misses_total") == 2
    assert value(found, "informer_exporter_log_messages_total", level="warn") == 1
    assert value(found, "informer_exporter_config_info", sha256="c0ffee") == 1
    assert value(found, "informer_exporter_config_last_reload_successful") == 1
    assert value(found, "informer_exporter_config_last_reload_success_timestamp_seconds") == EPOCH - 5
    assert value(found, "informer_exporter_exposition_bytes") == 4_000
    assert value(found, "informer_exporter_exposition_duration_seconds_bucket", le="0.005") == 2
    assert value(found, "informer_exporter_exposition_duration_seconds_count") == 3
    assert value(found, "informer_exporter_lookup_duration_seconds_bucket", handler="object", le="5e-05") == 1
    assert value(found, "informer_exporter_lookup_duration_seconds_bucket", handler="list", le="10.0") == 0
    assert value(found, "process_start_time_seconds")
    assert [labels for (name, labels) in found if name == "informer_exporter_build_info"]


@virtual
async def test_before_the_first_list_one_state_is_shown_and_nothing_is_synced() -> None:
    found = read(exposition_of(Rig(FakeCluster())))
    states = {state: value(found, "informer_state", resource=RESOURCE, state=state) for state in Stand}
    assert states == {state: int(state == "listing") for state in Stand}
    assert value(found, "informer_synced", resource=RESOURCE) == 0


@virtual
async def test_every_family_is_there_from_the_start_at_zero() -> None:
    exposition = exposition_of(Rig(FakeCluster()))
    for family in FAMILIES:
        lines = rendered(exposition, Format.TEXT, family.name).decode().splitlines()
        assert (family.name in LATER) or lines, family.name
    found = read(exposition)
    for family in FAMILIES:
        if family.name.startswith("informer_exporter_") or family.type is Type.GAUGE:
            continue
        for name in family.sample_names:
            assert set(only(found, name).values()) <= {0}, name


@virtual
async def test_why_an_informer_is_degraded_is_shown_as_one_reason_of_all_that_there_are() -> None:
    cluster = filled()
    cluster.trouble = Refuse()
    async with running(cluster, synced=False) as rig:
        await settle()
        found = read(exposition_of(rig))
    assert value(found, "informer_state", resource=RESOURCE, state="degraded") == 1
    reasons = {dict(labels)["reason"]: number for labels, number in only(found, "informer_degraded").items()}
    assert {reason for reason, number in reasons.items() if number} == {"network"}
    assert {"forbidden", "unauthorized", "silent", "expired", "throttled", "decode", "server"} < reasons.keys()


@virtual
async def test_series_that_had_drifted_are_corrections() -> None:
    found = read(exposition_of(Rig(FakeCluster()), drift=3))
    assert value(found, "informer_resync_corrections_total", resource=RESOURCE, kind="aggregate_drift") == 3


@virtual
async def test_the_sizes_of_objects_are_shown_in_the_family_of_their_kind() -> None:
    cluster = filled()
    async with running(cluster) as rig:
        await settle()
        found = read(exposition_of(rig))
    assert value(found, "thing_object_bytes_count") == 3
    assert value(found, "thing_object_bytes_sum") == sum(len(one.body) for one in cluster.objects.values())


@virtual
async def test_the_references_of_a_cache_are_shown_by_what_needs_them_each_of_them_once() -> None:
    class Full(IdentityCodec):
        def statistics(self) -> CodecStatistics:
            return CodecStatistics(references=7, retired_references=5, limbo_references=2)

    found = read(exposition_of(Rig(FakeCluster(), codec=Full())))
    shown = {dict(labels)["state"]: number for labels, number in only(found, "informer_cache_references").items()}
    assert shown == {"current": 7, "retired": 3, "limbo": 2}


@virtual
async def test_a_name_filter_gives_that_family_alone() -> None:
    exposition = exposition_of(Rig(FakeCluster()))
    for name in ("informer_synced", "process_open_fds"):
        lines = rendered(exposition, Format.TEXT, name).decode().splitlines()
        assert {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")} == {name}
    assert rendered(exposition, Format.TEXT, "nothing_like_it") == b""


@virtual
async def test_several_namespaces_are_summed_and_the_worst_state_is_shown() -> None:
    cluster = FakeCluster()
    async with running(cluster, namespaces=("a", "b")) as rig:
        await settle()
        found = read(exposition_of(rig))
    assert value(found, "informer_lists_total", resource=RESOURCE, reason="initial") == 2
    assert value(found, "informer_watches_total", resource=RESOURCE) == 2
    assert value(found, "informer_list_duration_seconds_count", resource=RESOURCE) == 2
    assert value(found, "informer_list_duration_seconds_bucket", resource=RESOURCE, le="0.1") == 2
    assert value(found, "informer_state", resource=RESOURCE, state="live") == 1


@virtual
async def test_promtool_has_no_complaint() -> None:
    text = rendered(exposition_of(Rig(FakeCluster())), Format.TEXT)
    own = [line for line in promtool_complaints(text).splitlines() if "informer" in line or "argowf" in line]
    assert own == []
