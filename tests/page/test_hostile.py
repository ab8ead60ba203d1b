"""What strangers write is shown as they wrote it, wherever it is shown, and nothing of it runs."""

import re

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


def in_rows(text: str) -> list[Object]:
    """Workflows with a text wherever a list shows one."""
    made_by_text = {"kind": "CronWorkflow", "name": text, "controller": True}
    generated, by_cron = workflow("generated", "Failed"), workflow("by-cron", "Failed")
    generated["metadata"]["generateName"] = f"{text}-"
    by_cron["metadata"]["ownerReferences"] = [made_by_text]
    return [
        generated,
        by_cron,
        workflow("message", "Failed", message=text),
        workflow("template", "Failed", template=text),
        workflow("progress", "Running", progress=text, message=text),
        workflow("late", "Pending", message=text, template=text),
        workflow("phase", text, message=text),
    ]


def everywhere(text: str) -> Object:
    """One workflow with a text wherever anybody can write one."""
    thing = workflow(
        "odd",
        text,
        message=text,
        progress=text,
        template=text,
        annotations={"note": text},
        nodes=(node(text, text, type_=text, message=text),),
        arguments={"parameters": [{"name": text, "value": text}], text: {text: text}},
    )
    thing["metadata"]["generateName"] = f"{text}-"
    thing["metadata"]["ownerReferences"] = [{"kind": "CronWorkflow", "name": text, "controller": True}]
    return thing


def clock(text: str) -> Object:
    """A cron workflow with a text wherever one is shown."""
    condition = {"type": f"{text}Error", "status": "True", "message": text}
    return cron_workflow("clock", text, timezone=text, conditions=[condition])


def test_markup_is_shown_as_text_in_every_view(world: World, visit: Open) -> None:
    things = in_rows(HOSTILE)
    world.cluster.put(*things, clock(HOSTILE))
    world.program.wait_number(len(things), "informer_objects", resource="workflows.argoproj.io")
    world.program.wait_number(1, "informer_objects", resource="cronworkflows.argoproj.io")
    page = visit(world)
    for view in VIEWS:
        shown = page.open(view, **({"q": "team-a/"} if view == "search" else {}))
        if view not in {"namespaces", "informers"}:
            expect(shown).to_contain_text(HOSTILE)
        expect(page.page.locator("img")).to_have_count(0)


def test_each_text_of_a_row_is_shown_as_it_was_written(world: World, visit: Open) -> None:
    world.cluster.put(*in_rows(HOSTILE))
    page = visit(world)
    for view, names in {"failures": ("message", "template", "generated", "by-cron"), "running": ("progress",)}.items():
        page.open(view)
        for name in names:
            expect(page.row(view, f"team-a/{name}")).to_contain_text(HOSTILE)


def test_each_text_of_a_workflow_is_shown_as_it_was_written(world: World, visit: Open) -> None:
    world.cluster.put(everywhere(HOSTILE))
    page = visit(world)
    view = page.open("workflow", "team-a", "odd")
    for place in (".said", ".standing", '[data-panel="facts"]', '[data-panel="timeline"]'):
        expect(view.locator(place)).to_contain_text(HOSTILE)
    expect(page.table("timeline").locator("li").first).to_have_attribute("title", re.compile(re.escape(HOSTILE)))
    view.get_by_text("Unfold", exact=True).click()
    for key in ("note", "message", "displayName", "generateName", "value"):
        leaf = view.locator(".leaf").filter(has=page.page.locator(".key", has_text=re.compile(f"^{key}$")))
        expect(leaf.first).to_contain_text(HOSTILE)
    expect(view.locator(".leaf .key", has_text=HOSTILE)).to_be_visible()
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
    world.cluster.put(workflow("odd", "Failed", message=text))
    page = visit(world)
    page.open("failures")
    expect(page.row("failures", "team-a/odd")).to_contain_text(text)
    expect(page.open("workflow", "team-a", "odd").locator(".said")).to_have_text(text)


def test_a_message_of_ten_kilobytes_is_cut_in_a_list_and_whole_in_the_object(world: World, visit: Open) -> None:
    world.cluster.put(workflow("odd", "Failed", message=LONG_TEXT))
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
