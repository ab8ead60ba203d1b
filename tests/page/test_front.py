"""The overview: what a screen on a wall shows."""

import re

from playwright.sync_api import Locator, expect

from tests.page.conftest import Open, World
from tests.page.things import LOCKED, POSTPONED, cron_workflow, workflow


def number(front: Locator, phase: str) -> Locator:
    return front.locator(f'.big[data-key="{phase}"] b')


def test_the_numbers_of_the_phases_are_those_of_the_json(world: World, visit: Open) -> None:
    world.cluster.put(
        *(workflow(f"done-{index}", "Succeeded") for index in range(3)),
        workflow("broken", "Failed"),
        workflow("odd", "Error", namespace="team-b"),
        workflow("new"),
    )
    front = visit(world).open()
    told = {"Succeeded": 3, "Failed": 1, "Error": 1, "Pending": 0, "Running": 0, "Unset": 1}
    for phase, wanted in told.items():
        expect(number(front, phase)).to_have_text(str(wanted))
    assert world.ask("overview")["phases"] == {**told, "Other": 0}


def test_a_change_in_the_cluster_is_shown_without_a_reload(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Running"))
    page = visit(world)
    front = page.open()
    expect(number(front, "Running")).to_have_text("1")
    page.wait_keys("front-running", "team-a/a")
    world.cluster.put(workflow("a", "Failed", message="no space left"))
    expect(number(front, "Running")).to_have_text("0")
    expect(number(front, "Failed")).to_have_text("1")
    page.wait_keys("front-running")
    expect(page.row("front-failures", "team-a/a")).to_contain_text("no space left")


def test_a_number_leads_to_the_list_behind_it(world: World, visit: Open) -> None:
    world.cluster.put(workflow("broken", "Failed"), workflow("odd", "Error"), workflow("late", "Pending"))
    page = visit(world)
    page.open().locator('.big[data-key="Error"]').click()
    page.view("failures")
    page.wait_keys("failures", "team-a/odd")
    page.open().locator('.big[data-key="Pending"]').click()
    page.view("waiting")
    page.wait_keys("waiting", "team-a/late")


def test_a_phase_that_argo_does_not_have_is_shown_while_there_is_one(world: World, visit: Open) -> None:
    strange = workflow("strange", "Meditating")
    world.cluster.put(strange)
    front = visit(world).open()
    expect(number(front, "Other")).to_have_text("1")
    world.cluster.drop(strange)
    expect(front.locator('.big[data-key="Other"]')).to_have_count(0)


def test_what_waits_is_counted_by_reason_and_each_reason_leads_to_its_list(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow("first", "Pending", message=POSTPONED, age=300),
        workflow("second", "Pending", message=POSTPONED),
        workflow("third", "Pending", message=LOCKED),
    )
    page = visit(world)
    front = page.open()
    reasons = front.locator(".reasons")
    expect(reasons.locator('[data-key="parallelism"] b')).to_have_text("2")
    expect(reasons.locator('[data-key="lock"] b')).to_have_text("1")
    expect(page.row("front-waiting", "team-a/first")).to_contain_text("5 m")
    reasons.locator('[data-key="lock"] a').click()
    page.view("waiting")
    page.wait_keys("waiting", "team-a/third")


def test_the_namespaces_are_shown_the_largest_first(world: World, visit: Open) -> None:
    world.cluster.put(
        *(workflow(f"few-{index}", "Succeeded", namespace="team-a") for index in range(2)),
        *(workflow(f"many-{index}", "Failed", namespace="team-z") for index in range(4)),
    )
    page = visit(world)
    page.open()
    page.wait_keys("front-namespaces", "team-z", "team-a")
    bar = page.row("front-namespaces", "team-z").get_by_role("img")
    expect(bar).to_have_accessible_name("4 Failed")


def test_the_throughput_is_drawn_and_its_last_numbers_can_be_read(world: World, visit: Open) -> None:
    world.cluster.put(*(workflow(f"w-{index}", "Running") for index in range(3)))
    front = visit(world).open()
    expect(front.locator("canvas")).to_have_count(2)
    level = front.locator("[data-chart]").nth(1)
    expect(level.locator(".legend")).to_contain_text("running 3")
    expect(level.get_by_role("img")).to_have_accessible_name(re.compile("Now: running 3, waiting 0"))


def test_each_informer_tells_where_it_stands(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a"), workflow("b"), cron_workflow("c"))
    page = visit(world)
    page.open()
    card = page.row("front-informers", "workflows.argoproj.io")
    expect(card.locator("[data-state=live]").first).to_be_visible()
    expect(card.locator('[data-fact="Objects"]')).to_have_text("2")
    expect(page.row("front-informers", "cronworkflows.argoproj.io").locator('[data-fact="Objects"]')).to_have_text("1")


def test_an_empty_cluster_is_told_in_words(world: World, visit: Open) -> None:
    front = visit(world).open()
    for words in ("Nothing waits.", "Nothing runs.", "Nothing failed.", "There are no workflows yet."):
        expect(front.get_by_text(words)).to_be_visible()


def test_a_heading_leads_to_the_view_that_tells_more(world: World, visit: Open) -> None:
    page = visit(world)
    page.open().get_by_role("link", name="Recent failures").click()
    page.view("failures")
    page.page.get_by_role("navigation", name="Views").get_by_role("link", name="Overview").click()
    page.view("")


def test_the_menu_counts_what_is_behind_it(world: World, visit: Open) -> None:
    world.cluster.put(workflow("a", "Running"), workflow("b", "Failed"), workflow("c", "Error", namespace="team-b"))
    page = visit(world)
    page.open("informers")
    menu = page.page.get_by_role("navigation", name="Views")
    expect(menu.get_by_role("link", name="Running")).to_contain_text("1")
    expect(menu.get_by_role("link", name="Failures")).to_contain_text("2")
    expect(menu.get_by_role("link", name="Namespaces")).to_contain_text("2")
    expect(menu.get_by_role("link", name="Informers")).to_have_attribute("aria-current", "page")
