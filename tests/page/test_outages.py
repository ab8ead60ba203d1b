"""The API server, the exporter and the reader's leave go and come back; the page says so and recovers by itself."""

import re

import msgspec
from playwright.sync_api import expect

from tests.page.cluster import SimulatedCluster
from tests.page.conftest import Open, StartWorld, World
from tests.page.things import Object, workflow
from tests.page.visit import FAILED_REQUEST, PATIENCE, VIEWS, Visit

WORKFLOWS = "workflows.argoproj.io"
_STREAM = """
const [first, second] = %s;
const write = (tick) => new TextEncoder().encode(`event: tick\\ndata: ${JSON.stringify(tick)}\\n\\n`);
const ask = window.fetch;
window.fetch = async (path, how) => {
  if (path !== "api/v1/live") return ask(path, how);
  return new Response(new ReadableStream({start(stream) {
    for (const tick of first) stream.enqueue(write(tick));
    window.goOn = () => second.forEach((tick) => stream.enqueue(write(tick)));
  }}));
};
"""
"""A live stream of ticks that the test has written: some at once, the others when it says so."""


def stands(page: Visit, stand: str) -> None:
    """Wait until the corner says how it stands; a lost connection is noticed, and sought again, within some seconds."""
    expect(page.page.locator("#contact")).to_have_attribute("data-stand", stand, timeout=3 * PATIENCE * 1000)


def many_slowly(cluster: SimulatedCluster) -> None:
    """Have 60 workflows in a cluster that takes seconds for each answer."""
    cluster.put(*(workflow(f"w-{index:03}", "Running") for index in range(60)))
    cluster.tell(lambda server: server.slow(True))


def test_when_the_api_server_is_gone_the_page_says_so_and_recovers(start_world: StartWorld, visit: Open) -> None:
    world = start_world()
    world.cluster.put(workflow("before", "Running"))
    page = visit(world)
    page.open("running")
    page.wait_keys("running", "team-a/before")
    world.cluster.end()
    notice = page.page.locator('[data-notice="unready"]')
    expect(notice).to_be_visible()
    expect(notice.locator("li").first).to_contain_text("workflows")
    stands(page, "waiting")
    expect(page.row("running", "team-a/before")).to_be_visible()
    world.cluster.begin()
    world.cluster.put(workflow("after", "Running", age=30))
    stands(page, "live")
    expect(notice).to_be_hidden()
    page.wait_keys("running", "team-a/before", "team-a/after")


def test_after_a_forgotten_past_nothing_is_lost(start_world: StartWorld, visit: Open) -> None:
    world = start_world()
    gone = workflow("gone", "Running")
    world.cluster.put(gone)
    page = visit(world)
    page.open("running")
    page.wait_keys("running", "team-a/gone")
    world.cluster.end()
    world.cluster.drop(gone)
    world.cluster.put(workflow("new", "Running"))
    world.cluster.tell(lambda server: server.expire())
    world.cluster.begin()
    page.wait_keys("running", "team-a/new")
    page.open("informers")
    expect(page.row("informers", "workflows.argoproj.io").locator('[data-fact="Relists"]')).to_have_text("1")


def test_when_the_exporter_is_gone_the_last_state_stays_until_it_is_back(start_world: StartWorld, visit: Open) -> None:
    world = start_world()
    world.cluster.put(workflow("before", "Running"))
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    page.open("running")
    page.wait_keys("running", "team-a/before")
    stands(page, "live")
    world.end()
    stands(page, "lost")
    expect(page.page.locator('[data-notice="lost"]')).to_contain_text("not reachable")
    expect(page.page.locator("html")).to_have_attribute("data-stale", "")
    expect(page.row("running", "team-a/before")).to_be_visible()
    expect(page.page.locator("#announce")).to_contain_text("not reachable")
    world.cluster.put(workflow("after", "Running", age=30))
    world.begin_again()
    stands(page, "live")
    expect(page.page.locator('[data-notice="lost"]')).to_be_hidden()
    expect(page.page.locator("html")).not_to_have_attribute("data-stale", "")
    page.wait_keys("running", "team-a/before", "team-a/after")
    expect(page.page.locator("#count-running")).to_have_text("2")


def test_what_is_opened_while_the_exporter_is_gone_says_so_until_it_is_back(
    start_world: StartWorld, visit: Open
) -> None:
    world = start_world()
    world.cluster.put(workflow("before", "Running"))
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    page.open("failures")
    stands(page, "live")
    world.end()
    stands(page, "lost")
    page.open("workflow", "team-a", "before")
    expect(page.page.locator("main .note:visible")).to_contain_text("could not be read: the exporter does not answer")
    page.open("running")
    expect(page.page.locator(".listing .note")).to_contain_text("could not be read: the exporter does not answer")
    world.begin_again()
    page.wait_keys("running", "team-a/before")
    expect(page.page.locator(".listing .note")).to_be_hidden()


def test_a_busy_resource_that_falls_silent_is_not_shown_as_healthy(world: World, visit: Open) -> None:
    page = visit(world)
    told = world.ask("overview")
    begin: float = told["now"]
    busy = [_tick(told, begin + second, heard=begin + second) for second in range(30)]
    silent = _tick(told, begin + 45, heard=begin + 29)
    again = _tick(told, begin + 46, heard=begin + 46)
    page.context.add_init_script(_STREAM % msgspec.json.encode([[*busy, silent], [again]]).decode())
    page.open("informers")
    stands(page, "waiting")
    expect(page.page.locator("#contact-word")).to_have_text(re.compile("Nothing heard for 1[67] s"))
    expect(page.row("informers", WORKFLOWS)).to_contain_text("nothing heard for 16 s")
    expect(page.row("informers", "cronworkflows.argoproj.io")).not_to_contain_text("nothing heard")
    page.page.evaluate("window.goOn()")
    stands(page, "live")
    expect(page.row("informers", WORKFLOWS)).not_to_contain_text("nothing heard")


def _tick(told: Object, now: float, *, heard: float) -> Object:
    """A tick that tells of 50 events per second of workflows, and when the last of them came."""
    busy = {"events_per_second": 50.0, "last_contact": heard, "last_event": heard}
    informers = [one | busy if one["resource"] == WORKFLOWS else one for one in told["informers"]]
    return {**told, "now": now, "informers": informers, "point": None}


def test_while_the_first_list_is_read_its_progress_is_shown(start_world: StartWorld, visit: Open) -> None:
    world = start_world("--list.page-size=10", prepare=many_slowly)
    page = visit(world)
    page.forgive(FAILED_REQUEST, "answer: 503")
    page.open("running")
    notice = page.page.locator('[data-notice="unready"]')
    expect(notice.get_by_role("progressbar", name=re.compile("workflows"))).to_be_visible()
    expect(notice).to_contain_text(re.compile(r"[1-9]\d? of 60"))
    expect(page.page.locator(".listing .note")).to_contain_text("is still being read")
    stands(page, "waiting")
    world.cluster.tell(lambda server: server.slow(False))
    stands(page, "live")
    expect(page.rows("running")).to_have_count(25)
    expect(notice).to_be_hidden()


def test_a_server_that_refuses_is_named_in_the_reasons(start_world: StartWorld, visit: Open) -> None:
    world = start_world(prepare=lambda cluster: cluster.tell(lambda server: server.throttle(True)))
    page = visit(world)
    page.open()
    expect(page.page.locator('[data-notice="unready"]')).to_contain_text("429")
    world.cluster.tell(lambda server: server.throttle(False))
    stands(page, "live")


def test_without_lookups_numbers_are_shown_and_names_are_not(start_world: StartWorld, visit: Open) -> None:
    world = start_world("--no-lookup")
    world.cluster.put(workflow("secret", "Failed", template="open"))
    page = visit(world)
    page.forgive(FAILED_REQUEST)
    for view in VIEWS:
        page.open(view, **({"q": "e"} if view == "search" else {}))
        if view in {"waiting", "running", "failures", "cron", "search"}:
            expect(page.page.locator(".listing .note")).to_contain_text("lookups are turned off")
        assert "secret" not in page.page.content()
    expect(page.open("workflow", "team-a", "secret")).to_contain_text("lookups are turned off")
    expect(page.open().locator('.big[data-key="Failed"] b')).to_have_text("1")


def test_a_page_that_nobody_sees_asks_for_nothing(world: World, visit: Open) -> None:
    page = visit(world)
    page.context.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.away === true})")
    page.open()
    stands(page, "live")
    asking = "informer_exporter_http_requests_in_flight"
    world.program.wait_number(2, asking)  # the page's stream, and the scrape that tells it
    page.page.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    world.program.wait_number(1, asking)
    page.page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    world.program.wait_number(2, asking)
    stands(page, "live")
