"""The lists: what stands in them and in which order, and that a reader meets each object once, page after page."""

import re
from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import expect

from tests.controlplane.waiting import wait_for
from tests.page.conftest import Open, World
from tests.page.things import LOCKED, POSTPONED, Object, cron_workflow, workflow
from tests.page.visit import PATIENCE, Visit

LABEL = "workflows.argoproj.io/"
FEW, MANY = 3, 60
"""Less than a page, and more than two."""


def key(thing: Object) -> str:
    metadata: dict[str, str] = thing["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}"


def in_phase(phase: str, message: str = "") -> Callable[[int], Iterable[Object]]:
    """Workflows that are in one phase, the first one for the longest."""
    return lambda many: [
        workflow(f"w-{index:03}", phase, age=9000 - 60 * index, message=message) for index in range(many)
    ]


def crons(many: int) -> Iterable[Object]:
    return [cron_workflow(f"c-{index:03}") for index in range(many)]


def alone(many: int) -> Iterable[Object]:
    """Each in a namespace and of a template of its own."""
    return [workflow("w", "Failed", namespace=f"n-{index:03}", template=f"t-{index:03}") for index in range(many)]


def template_key(thing: Object) -> str:
    return (
        f'["{thing["metadata"]["namespace"]}","WorkflowTemplate","{thing["spec"]["workflowTemplateRef"]["name"]}",""]'
    )


LISTS = {
    "waiting": (in_phase("Pending", POSTPONED), key),
    "running": (in_phase("Running"), key),
    "failures": (in_phase("Failed"), key),
    "cron": (crons, key),
    "namespaces": (alone, lambda thing: thing["metadata"]["namespace"]),
    "groups": (alone, template_key),
}


@pytest.fixture
def fresh(name: str, request: pytest.FixtureRequest) -> World:
    """A world without anything: of groups, those of earlier tests are still told, so they need one of their own."""
    found: World = request.getfixturevalue("start_world")() if name == "groups" else request.getfixturevalue("world")
    return found


def turn(page: Visit, name: str, button: str) -> None:
    """Turn a page, and wait until it is there."""
    before = page.keys(name)
    page.page.locator(f'[data-action="{button}"]').click()
    wait_for(lambda: page.keys(name) not in ([], before), "another page", seconds=PATIENCE)


@pytest.mark.parametrize("name", LISTS)
def test_every_object_is_met_once_on_the_way_through_the_pages(name: str, fresh: World, visit: Open) -> None:
    make, key_of = LISTS[name]
    things = list(make(MANY))
    fresh.cluster.put(*things)
    fresh.program.wait_number(
        MANY, "informer_objects", resource=f"{'cron' if name == 'cron' else ''}workflows.argoproj.io"
    )
    page = visit(fresh)
    page.open(name)
    expect(page.rows(name)).to_have_count(25)
    expect(page.page.locator('[data-action="previous"]')).to_be_disabled()
    first = page.keys(name)
    turn(page, name, "next")
    second = page.keys(name)
    turn(page, name, "next")
    expect(page.page.locator('[data-action="next"]')).to_be_disabled()
    third = page.keys(name)
    assert sorted(first + second + third) == sorted(map(key_of, things))
    turn(page, name, "previous")
    turn(page, name, "previous")
    assert page.keys(name) == first


@pytest.mark.parametrize("name", LISTS)
def test_what_comes_and_what_goes_is_shown_without_a_reload(name: str, fresh: World, visit: Open) -> None:
    make, key_of = LISTS[name]
    first, second, third = make(FEW)
    fresh.cluster.put(first, second)
    page = visit(fresh)
    page.open(name)
    expect(page.rows(name)).to_have_count(2)
    page.row(name, key_of(second)).evaluate("row => { window.kept = row; }")
    fresh.cluster.drop(first)
    fresh.cluster.put(third)
    expect(page.row(name, key_of(third))).to_be_visible()
    if name == "groups":  # it stays a while after its last object, for its counters
        expect(page.row(name, key_of(first)).locator('td[data-head="In the cluster"]')).to_have_text("0")
    else:
        expect(page.row(name, key_of(first))).to_have_count(0)
    # Whoever points at a row, or has its link in focus, keeps it.
    assert page.page.evaluate("window.kept.isConnected")


def test_an_empty_list_says_so(world: World, visit: Open) -> None:
    page = visit(world)
    for name in ("waiting", "running", "failures", "cron", "namespaces"):
        page.open(name)
        expect(page.page.locator(".listing .note")).to_contain_text(re.compile("^(Nothing|There are no) .*[.]$"))


def test_what_waits_longest_stands_first_with_its_reason(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow("young", "Pending", message=LOCKED, age=30, template="etl"),
        workflow("old", "Pending", message=POSTPONED, age=7200),
    )
    page = visit(world)
    page.open("waiting")
    page.wait_keys("waiting", "team-a/old", "team-a/young")
    expect(page.row("waiting", "team-a/old")).to_contain_text("parallelism limit")
    expect(page.row("waiting", "team-a/old")).to_contain_text("2 h")
    expect(page.row("waiting", "team-a/young")).to_contain_text("etl")


def test_what_runs_tells_its_progress_and_for_how_long(world: World, visit: Open) -> None:
    world.cluster.put(workflow("young", "Running", progress="3/7"), workflow("old", "Running", age=90_000))
    page = visit(world)
    page.open("running")
    page.wait_keys("running", "team-a/old", "team-a/young")
    expect(page.row("running", "team-a/young")).to_contain_text("3/7")
    expect(page.row("running", "team-a/old")).to_contain_text("1 d 1 h")


def test_a_time_grows_while_nothing_is_asked(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Running", age=5))
    page = visit(world)
    page.open("running")
    time = page.row("running", "team-a/a").locator('td[data-head="For"] time')
    expect(time).to_be_visible()
    before = time.inner_text()
    expect(time).not_to_have_text(before)


def test_the_latest_failure_stands_first_with_its_message(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow("old", "Failed", age=7200, message="OOMKilled (exit code 137)"),
        workflow("new", "Error", age=20, message="pod deleted"),
    )
    page = visit(world)
    page.open("failures")
    page.wait_keys("failures", "team-a/new", "team-a/old")
    expect(page.row("failures", "team-a/old")).to_contain_text("OOMKilled (exit code 137)")
    expect(page.row("failures", "team-a/new")).to_contain_text("Error")


def test_of_a_failure_the_cause_is_shown_and_the_whole_message_on_demand(world: World, visit: Open) -> None:
    whole = "child 'etl-1137016637' failed: Error (exit code 137): OOMKilled"
    world.cluster.put(workflow("etl", "Failed", message=whole), workflow("bare", "Failed", message="child 'x' failed"))
    page = visit(world)
    page.open("failures")
    message = page.row("failures", "team-a/etl").locator('td[data-head="Message"] span')
    expect(message).to_have_text("Error (exit code 137): OOMKilled")
    expect(message).to_have_attribute("title", whole)
    expect(page.row("failures", "team-a/bare")).to_contain_text("child 'x' failed")


def test_failures_can_be_narrowed_by_phase_and_namespace_and_the_address_remembers_it(
    world: World, visit: Open
) -> None:
    world.cluster.put(workflow("a", "Failed"), workflow("b", "Error"), workflow("c", "Error", namespace="team-b"))
    page = visit(world)
    view = page.open("failures")
    expect(page.rows("failures")).to_have_count(3)
    view.get_by_label("Phase").select_option("Error")
    expect(page.rows("failures")).to_have_count(2)
    view.get_by_label("Namespace").fill("team-b")
    view.get_by_label("Namespace").press("Enter")
    page.wait_keys("failures", "team-b/c")
    page.page.reload()
    page.wait_keys("failures", "team-b/c")
    expect(page.view("failures").get_by_label("Phase")).to_have_value("Error")
    expect(page.view("failures").get_by_label("Namespace")).to_have_value("team-b")


def test_what_waits_can_be_narrowed_by_reason(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Pending", message=POSTPONED), workflow("b", "Pending", message=LOCKED))
    page = visit(world)
    view = page.open("waiting")
    expect(page.rows("waiting")).to_have_count(2)
    view.get_by_label("Waits for").select_option("lock")
    page.wait_keys("waiting", "team-a/b")


def test_namespaces_can_be_sorted(world: World, visit: Open) -> None:
    world.cluster.put(
        *(workflow(f"s-{index}", "Succeeded", namespace="calm") for index in range(3)),
        *(workflow(f"f-{index}", "Failed", namespace="sick") for index in range(2)),
        workflow("r", "Running", namespace="busy"),
        workflow("w", "Pending", namespace="idle"),
    )
    page = visit(world)
    view = page.open("namespaces")
    page.wait_keys("namespaces", "calm", "sick", "busy", "idle")
    for sort, first in {"failed": "sick", "running": "busy", "waiting": "idle", "namespace": "busy"}.items():
        view.locator("select[name=sort]").select_option(sort)
        expect(page.rows("namespaces").first).to_have_attribute("data-key", first)
        assert page.keys("namespaces") == [one["namespace"] for one in world.ask(f"namespaces?sort={sort}")["items"]]


def test_a_number_of_a_namespace_leads_to_the_list_behind_it(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Failed"), workflow("b", "Failed", namespace="team-b"))
    page = visit(world)
    page.open("namespaces")
    page.row("namespaces", "team-b").locator('td[data-head="Failed"] a').click()
    page.view("failures")
    page.wait_keys("failures", "team-b/b")


def test_a_template_tells_what_became_of_its_workflows(world: World, visit: Open) -> None:
    # Made just now: what was made before the exporter began was not made under its eyes.
    running = [workflow(f"w-{index}", "Running", namespace="outcomes", template="etl", age=0) for index in range(3)]
    world.cluster.put(*running)
    page = visit(world)
    page.open("groups", namespace="outcomes")
    row = page.rows("groups")
    expect(row.locator('td[data-head="Created"]')).to_have_text("3")
    ended = [
        workflow(f"w-{index}", phase, namespace="outcomes", template="etl", age=0)
        for index, phase in enumerate(("Succeeded", "Failed", "Running"))
    ]
    world.cluster.put(*ended)
    expect(row.locator('td[data-head="Failed"]')).to_have_text("1")
    expect(row.locator('td[data-head="Success"]')).to_have_text("50 %")
    expect(row.locator('td[data-head="In the cluster"]')).to_have_text("3")


def test_a_template_and_a_cron_workflow_lead_to_their_workflows(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow("a", namespace="leads", template="etl", labels={f"{LABEL}workflow-template": "etl"}),
        workflow("b", namespace="leads", cron="nightly"),
        workflow("c", namespace="leads", template="no label"),
        cron_workflow("nightly", namespace="leads"),
    )
    page = visit(world)
    page.open("groups", namespace="leads")
    page.rows("groups").get_by_role("link", name="etl", exact=True).click()
    page.wait_keys("search", "leads/a")
    page.open("groups", namespace="leads")
    expect(page.rows("groups").filter(has_text="no label").locator("[data-open]")).to_have_count(0)
    page.open("cron")
    page.row("cron", "leads/nightly").get_by_role("link", name="nightly", exact=True).click()
    page.wait_keys("search", "leads/b")


def test_a_cron_workflow_tells_its_schedule_and_its_last_runs(world: World, visit: Open) -> None:
    world.cluster.put(
        cron_workflow("nightly", "0 3 * * *", timezone="Europe/Zurich", suspend=True, succeeded=41, failed=2),
        cron_workflow(
            "broken", "61 * * * *", conditions=[{"type": "SpecError", "status": "True", "message": "61 is too much"}]
        ),
        workflow("nightly-1", "Succeeded", cron="nightly", age=500),
        workflow("nightly-2", "Failed", cron="nightly", age=100),
    )
    page = visit(world)
    page.open("cron")
    nightly = page.row("cron", "team-a/nightly")
    for words in ("0 3 * * *", "Europe/Zurich", "suspended", "41", "2"):
        expect(nightly).to_contain_text(words)
    expect(page.row("cron", "team-a/broken")).to_contain_text("SpecError: 61 is too much")
    runs = nightly.locator(".outcomes a")
    expect(runs).to_have_count(2)
    runs.first.click()
    expect(page.page.get_by_role("heading", level=1)).to_contain_text("nightly-2")


def test_a_run_of_a_cron_workflow_is_shown_when_it_ends(world: World, visit: Open) -> None:
    world.cluster.put(cron_workflow("nightly"), workflow("nightly-1", "Running", cron="nightly"))
    page = visit(world)
    page.open("cron")
    marks = page.row("cron", "team-a/nightly").locator(".outcomes [data-phase]")
    expect(marks).to_have_attribute("data-phase", "Running")
    world.cluster.put(workflow("nightly-1", "Succeeded", cron="nightly"))
    expect(marks).to_have_attribute("data-phase", "Succeeded")


def test_the_informers_tell_what_they_did(world: World, visit: Open) -> None:
    page = visit(world)
    view = page.open("informers")
    card = page.row("informers", "workflows.argoproj.io")
    expect(card.locator('[data-fact="Objects"]')).to_have_text("0")
    world.cluster.put(workflow("a"), workflow("b"))
    expect(card.locator('[data-fact="Objects"]')).to_have_text("2")
    expect(card.locator('[data-fact="last_event"] time')).to_be_visible()
    expect(view.get_by_text("Memory of the exporter")).to_contain_text("MB")
    for label, name in {"Relists": "relists", "Watches": "watches", "Errors": "errors"}.items():
        told = {one["resource"]: one for one in world.ask("informers")["items"]}["workflows.argoproj.io"]
        expect(card.locator(f'[data-fact="{label}"]')).to_have_text(f"{told[name]:,}")


def test_an_address_without_a_view_says_so_and_leads_back(world: World, visit: Open) -> None:
    page = visit(world)
    page.page.goto(f"{world.origin}/#/nirvana")
    page.view("nowhere").get_by_role("link", name="To the overview").click()
    page.view("")
