"""The informer's account of itself against a real API server: what it times and counts is what happened."""

import time

from tests.cluster.conftest import StartProgram
from tests.cluster.workflows import status, workflow
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.metrics.exposition import promtool_complaints


def test_the_account_of_a_live_program_is_true(
    control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    began = time.time()
    admin = control_plane.admin
    program = start_program(control_plane.kubeconfig(), f"--namespaces={namespace}").wait_live()
    admin.create(WORKFLOWS, workflow(namespace))
    program.wait_events(1, "added")
    admin.patch(WORKFLOWS, "hello", {"status": status("Running")}, namespace)
    program.wait_events(1, "modified")
    admin.delete(WORKFLOWS, "hello", namespace)
    seen = program.wait_events(1, "deleted")
    ended = time.time()

    assert seen.of_informer("list_duration_seconds_count") == 1
    assert seen.of_informer("list_duration_seconds_sum") > 0
    assert seen.of_informer("event_delay_seconds_count") == 2
    assert seen.of_informer("event_delay_seconds_sum") >= 0
    for moment in ("contact", "event", "sync"):
        name = f"last_{moment}_timestamp_seconds"
        assert began <= seen.of_informer(name) <= ended, name
    assert seen.of_informer("received_bytes_total") > 1_000
    assert seen.of_informer("handler_duration_seconds_sum") > 0
    assert seen.of_informer("transitions_total", state="live") == 1
    assert seen.get("informer_exporter_config_last_reload_successful") == 1
    assert seen.get("informer_exporter_exposition_duration_seconds_count") >= 1  # type: ignore[operator]
    answer = program.get("/metrics")
    assert program.metrics().get("informer_exporter_exposition_bytes") > 1_000  # type: ignore[operator]
    own = promtool_complaints(answer.body).splitlines()
    assert [line for line in own if "informer" in line or "argowf" in line] == []
