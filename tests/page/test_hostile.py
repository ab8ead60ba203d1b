"""What strangers write is shown as they wrote it, wherever it is shown, and nothing of it runs."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.page.conftest import Open, World
from tests.page.things import HOSTILE, Object, cron_workflow, node, workflow
from tests.page.visit import VIEWS

RIGHT_TO_LEFT = "\u202eevil.exe\u202c שלום عربى"
UNICODE = "Größe 日本語 🚚 e\u0301 \u200b\u0000"[:-1]
LONG_NAME = ".".join(["n" * 62] * 4)[:253]
LONG_TEXT = "the line was too long for anybody to read; " * 240
"""Ten kilobytes."""

PLACES = {
    "message": "failures",
    "progress": "running",
    "template": "failures",
    "generate_name": "failures",
    "cron": "failures",
    "phase": "workflow",
    "node name": "workflow",
    "node message": "workflow",
    "node type": "workflow",
    "node phase": "workflow",
    "annotation": "workflow",
    "parameter": "workflow",
    "key": "workflow",
}
"""Where a stranger can write, and a view that shows it."""


def written(place: str, text: str) -> Object:
    """A workflow with a text in one place."""
    phase = {"progress": "Running", "phase": text}.get(place, "Failed")
    step = {"node name": "name", "node message": "message", "node type": "type_", "node phase": "phase"}
    named: Any = {"name": "step"} | ({step[place]: text} if place in step else {})
    pieces: dict[str, Object] = {
        "message": {"message": text},
        "progress": {"progress": text},
        "template": {"template": text},
        "annotation": {"annotations": {"note": text}},
        "parameter": {"arguments": {"parameters": [{"name": text, "value": text}]}},
        "key": {"arguments": {text: {text: text}}},
    }
    thing = workflow("odd", phase, nodes=(node(**named),), **pieces.get(place, {}))
    if place == "generate_name":
        thing["metadata"]["generateName"] = f"{text}-"
    if place == "cron":
        thing["metadata"]["ownerReferences"] = [{"kind": "CronWorkflow", "name": text, "controller": True}]
    return thing


@pytest.mark.parametrize("place", PLACES)
def test_markup_is_shown_as_text(place: str, world: World, visit: Open) -> None:
    world.cluster.put(written(place, HOSTILE))
    world.program.wait_number(1, "informer_objects", resource="workflows.argoproj.io")
    page = visit(world)
    if PLACES[place] == "workflow":
        view = page.open("workflow", "team-a", "odd")
        view.get_by_text("Unfold", exact=True).click()
    else:
        view = page.open(PLACES[place])
        expect(page.row(PLACES[place], "team-a/odd")).to_be_visible()
    expect(view).to_contain_text(HOSTILE)
    expect(page.page.locator("img")).to_have_count(0)


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_makes_an_element_of_what_is_written(view: str, world: World, visit: Open) -> None:
    texts = ("message", "template", "generate_name", "cron", "phase")
    things = [written(place, HOSTILE) for place in texts]
    for number, thing in enumerate(things):
        thing["metadata"]["name"] = f"odd-{number}"
    world.cluster.put(
        *things,
        workflow("slow", "Running", message=HOSTILE, progress=HOSTILE),
        workflow("late", "Pending", message=HOSTILE),
        cron_workflow(
            "clock",
            HOSTILE,
            timezone=HOSTILE,
            conditions=[{"type": f"{HOSTILE}Error", "status": "True", "message": HOSTILE}],
        ),
    )
    world.program.wait_number(len(things) + 2, "informer_objects", resource="workflows.argoproj.io")
    page = visit(world)
    shown = page.open(view, **({"q": "odd"} if view == "search" else {}))
    if view not in {"namespaces", "informers"}:
        expect(shown).to_contain_text("onerror=")
    expect(page.page.locator("img")).to_have_count(0)


@pytest.mark.parametrize("text", [HOSTILE, "../../etc/passwd", "#/", "%", "a b?c=d&e", "'; rm -rf /"])
def test_an_address_may_hold_anything(text: str, world: World, visit: Open) -> None:
    page = visit(world)
    page.forgive("console: Failed to load resource")
    expect(page.open("workflow", text, text)).to_contain_text("There is no such workflow.")
    page.open("search", q=text)
    page.open("waiting", namespace=text, reason=text)
    page.page.goto(f"{world.origin}/#/{text}")
    expect(page.page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.page.locator("img")).to_have_count(0)


@pytest.mark.parametrize("text", [RIGHT_TO_LEFT, UNICODE])
def test_any_script_is_shown(text: str, world: World, visit: Open) -> None:
    world.cluster.put(written("message", text))
    page = visit(world)
    page.open("failures")
    expect(page.row("failures", "team-a/odd")).to_contain_text(text)
    expect(page.open("workflow", "team-a", "odd").locator(".said")).to_have_text(text)


def test_a_message_of_ten_kilobytes_is_cut_in_a_list_and_whole_in_the_object(world: World, visit: Open) -> None:
    world.cluster.put(written("message", LONG_TEXT))
    page = visit(world)
    page.open("failures")
    row = page.row("failures", "team-a/odd")
    expect(row).to_contain_text("the line was too long")
    assert len(row.inner_text()) < 1000
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 200
    view = page.open("workflow", "team-a", "odd").locator('[data-panel="object"]')
    view.get_by_placeholder("Find in the object").fill("too long")
    view.get_by_placeholder("Find in the object").press("Enter")
    view.get_by_role("button", name="letters").click()
    expect(view).to_contain_text(LONG_TEXT.strip())


def test_the_longest_name_fits_into_every_view(world: World, visit: Open) -> None:
    assert len(LONG_NAME) > 240
    world.cluster.put(
        workflow(LONG_NAME, "Running", namespace="n" * 63, template=LONG_NAME),
        workflow(f"{LONG_NAME[:-1]}x", "Failed", namespace="n" * 63, template=LONG_NAME),
        workflow(f"{LONG_NAME[:-1]}y", "Pending", namespace="n" * 63, template=LONG_NAME),
        cron_workflow("c" * 52, namespace="n" * 63),
    )
    page = visit(world)
    for view in VIEWS:
        page.open(view, **({"q": "n"} if view == "search" else {}))
        if view != "informers":
            expect(page.rows(view or "front-running").first).to_be_visible()
        assert page.overflow() <= 0, view
    page.open("workflow", "n" * 63, LONG_NAME)
    expect(page.page.locator('[data-panel="object"]')).to_be_visible()
    assert page.overflow() <= 0
