"""One workflow: where it stands, what was seen of it, its steps, and the whole object."""

import msgspec
from playwright.sync_api import Locator, expect

from tests.page.conftest import Open, World
from tests.page.things import node, workflow
from tests.page.visit import FAILED_REQUEST, Visit


def branch(view: Locator, key: str) -> Locator:
    """The line of a branch of the object's tree."""
    return view.locator("summary").filter(has=view.page.locator(".key", has_text=key)).first


def copied(page: Visit) -> str:
    text: str = page.page.evaluate("navigator.clipboard.readText()")
    return text


def test_what_is_told_of_a_workflow_is_what_its_json_says(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow(
            "etl",
            "Failed",
            template="nightly-etl",
            cron="nightly",
            message="child 'load' failed",
            progress="2/3",
            labels={"team": "data"},
        )
    )
    page = visit(world)
    view = page.open("workflow", "team-a", "etl")
    told = world.ask("workflows/team-a/etl")
    for words in ("child 'load' failed", "nightly-etl", "nightly", "2/3", "team=data", told["uid"], told["version"]):
        expect(view).to_contain_text(words)
    expect(view.locator(".standing [data-phase=Failed]")).to_be_visible()


def test_its_phases_are_told_as_they_were_seen(world: World, visit: Open) -> None:
    world.cluster.put(workflow("observed"))
    page = visit(world)
    page.open("workflow", "team-a", "observed")
    history = page.table("history").locator("li")
    expect(history).to_have_count(1)
    world.cluster.put(workflow("observed", "Running"))
    expect(history).to_have_count(2)
    world.cluster.put(workflow("observed", "Succeeded"))
    expect(history).to_have_count(3)
    assert [line.get_attribute("data-event") for line in history.all()] == ["added", "modified", "modified"]
    marks = history.locator("[data-phase]")
    assert [mark.get_attribute("data-phase") for mark in marks.all()] == ["Unset", "Running", "Succeeded"]


def test_its_steps_stand_in_the_order_of_their_beginnings(world: World, visit: Open) -> None:
    world.cluster.put(
        workflow(
            "etl",
            "Running",
            nodes=(
                node("load", "Running", age=20),
                node("extract", age=50),
                node("check", "Failed", age=40, message="exit code 2"),
            ),
        )
    )
    page = visit(world)
    page.open("workflow", "team-a", "etl")
    names = page.table("timeline").locator(".node-name")
    expect(names).to_have_text(["extract", "check", "load"])


def test_of_hundreds_of_steps_it_tells_how_many_are_not_shown(world: World, visit: Open) -> None:
    world.cluster.put(workflow("fan", "Running", nodes=tuple(node(f"step-{index}") for index in range(350))))
    page = visit(world)
    view = page.open("workflow", "team-a", "fan")
    expect(page.table("timeline").locator("li")).to_have_count(200)
    expect(view.get_by_text("350")).to_be_visible()


def test_the_object_unfolds_and_folds(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Succeeded", message="all is well", template="nightly"))
    view = visit(world).open("workflow", "team-a", "etl").locator('[data-panel="object"]')
    name = view.locator(".value", has_text="nightly")
    expect(name).to_have_count(0)
    branch(view, "spec").click()
    branch(view, "workflowTemplateRef").click()
    expect(name).to_be_visible()
    branch(view, "spec").click()
    expect(name).not_to_be_visible()


def test_the_object_can_be_walked_with_the_keys(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Succeeded", template="nightly"))
    page = visit(world)
    view = page.open("workflow", "team-a", "etl").locator('[data-panel="object"]')
    spec = branch(view, "spec")
    spec.focus()
    page.page.keyboard.press("ArrowRight")
    expect(branch(view, "workflowTemplateRef")).to_be_visible()
    page.page.keyboard.press("ArrowDown")
    expect(branch(view, "workflowTemplateRef")).to_be_focused()
    page.page.keyboard.press("ArrowLeft")
    expect(spec).to_be_focused()
    page.page.keyboard.press("ArrowLeft")
    expect(branch(view, "workflowTemplateRef")).not_to_be_visible()


def test_a_text_in_the_object_is_found_wherever_it_is_folded(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Succeeded", arguments={"parameters": [{"name": "day", "value": "needle"}]}))
    page = visit(world)
    view = page.open("workflow", "team-a", "etl")
    field = view.get_by_label("Find in the object")
    field.fill("needle")
    field.press("Enter")
    expect(view.locator("[data-hit]")).to_contain_text("needle")
    expect(view.locator("[data-hit]")).to_be_in_viewport()
    field.fill("nowhere at all")
    field.press("Enter")
    expect(view.get_by_text("not found")).to_be_visible()


def test_the_object_and_the_command_can_be_copied(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Succeeded", template="nightly"))
    page = visit(world)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view = page.open("workflow", "team-a", "etl")
    view.get_by_role("button", name="Copy the object as JSON").click()
    expect(view.get_by_text("Copied")).to_be_visible()
    assert msgspec.json.decode(copied(page)) == world.ask("workflows/team-a/etl")["object"]
    view.get_by_role("button", name="Copy the kubectl command").click()
    expect(view.get_by_text("Copied").first).to_be_visible()
    expect(view.locator(".command code")).to_have_text(copied(page))
    assert copied(page) == f"kubectl --server={world.origin} get workflows.argoproj.io -n team-a etl -o yaml"


def test_a_change_is_shown_while_nobody_reads_the_object(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Running", message="step one"))
    view = visit(world).open("workflow", "team-a", "etl")
    tree = view.locator('[data-panel="object"]')
    expect(branch(tree, "status")).to_contain_text("Running")
    world.cluster.put(workflow("etl", "Failed", message="step two"))
    expect(view.locator(".standing [data-phase=Failed]")).to_be_visible()
    expect(branch(tree, "status")).to_contain_text("Failed")


def test_one_without_a_status_is_shown_as_it_changes(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl"))
    view = visit(world).open("workflow", "team-a", "etl").locator('[data-panel="object"]')
    expect(branch(view, "metadata")).to_be_visible()
    world.cluster.put(workflow("etl", "Running"))
    expect(branch(view, "status")).to_be_visible()


def test_under_a_reader_the_object_stays_and_the_new_version_is_offered(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl", "Running", message="step one"))
    view = visit(world).open("workflow", "team-a", "etl")
    tree = view.locator('[data-panel="object"]')
    branch(tree, "status").click()
    world.cluster.put(workflow("etl", "Running", message="step two"))
    newer = view.locator('[data-action="newer"]')
    expect(newer).to_be_visible()
    expect(tree).to_contain_text("step one")
    newer.click()
    expect(tree).to_contain_text("step two")


def test_one_that_is_deleted_is_told_to_be_gone_and_its_history_stays(world: World, visit: Open) -> None:
    running = workflow("revived", "Running")
    world.cluster.put(running)
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    view = page.open("workflow", "team-a", "revived")
    expect(page.table("history").locator("li")).to_have_count(1)
    world.cluster.drop(running)
    expect(view).to_contain_text("gone")
    expect(page.table("history").locator("li").last).to_have_attribute("data-event", "deleted")
    world.cluster.put(workflow("revived", "Pending", template="second-life"))
    expect(view.locator('[data-panel="facts"]')).to_contain_text("second-life")
    expect(view.locator('[data-panel="object"]')).to_be_visible()


def test_one_that_never_was_is_told_so(world: World, visit: Open) -> None:
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    view = page.open("workflow", "team-a", "nobody")
    expect(view).to_contain_text("There is no such workflow.")
    expect(view.get_by_text("kubectl")).to_be_hidden()


def test_its_namespace_leads_to_everything_in_it(world: World, visit: Open) -> None:
    world.cluster.put(workflow("etl"), workflow("report"), workflow("other", namespace="team-b"))
    page = visit(world)
    page.open("workflow", "team-a", "etl").get_by_role("heading", level=1).get_by_role("link").click()
    page.wait_keys("search", "team-a/etl", "team-a/report")


def test_an_object_of_a_megabyte_opens_folded(world: World, visit: Open) -> None:
    parameters = [{"name": f"p-{index}", "value": "x" * 1000} for index in range(1000)]
    world.cluster.put(workflow("huge", "Running", arguments={"parameters": parameters}))
    page = visit(world)
    view = page.open("workflow", "team-a", "huge").locator('[data-panel="object"]')
    branch(view, "spec").click()
    branch(view, "arguments").click()
    branch(view, "parameters").click()
    expect(view.get_by_role("button", name="100 more of 900")).to_be_visible()
