"""The JSON of each view, through a real socket."""

from exporter.kinds.workflow.reading import CRON_LABEL
from exporter.metrics.ledger import LedgerLimits
from exporter.web.page.sources import Drill, Fault
from exporter.web.sources import Check
from tests.kinds.samples import START
from tests.web.page.wall import NOW, Wall, document, pages, refused, view

NOBODY_WAITS = {"not_admitted": 0, "parallelism": 0, "lock": 0, "pvc": 0, "other": 0}
POSTPONED = "Workflow processing has been postponed because too many workflows are already running"


def company() -> Wall:
    wall = Wall()
    wall.keep("a", "new", created=START + 30)
    wall.keep("a", "queued", phase="Pending", created=START + 10, status={"message": POSTPONED})
    wall.keep("b", "running", phase="Running", created=START, started=START + 5, status={"progress": "3/7"})
    wall.keep("b", "older", phase="Running", created=START, started=START + 1)
    wall.keep("b", "done", phase="Succeeded", created=START, started=START, finished=START + 60)
    wall.keep("c", "bad", phase="Failed", started=START, finished=START + 50, status={"message": "OOMKilled"})
    wall.keep("c", "worse", phase="Error", started=START, finished=START + 70, template="other")
    return wall


async def test_the_overview_tells_the_numbers_of_everything() -> None:
    wall = company()
    wall.drop("b", "done")
    found = await view(wall, "overview")
    assert found["version"] == "0.1.0"
    assert (found["now"], found["since"]) == (NOW, START)
    assert (found["ready"], found["problems"], found["lookup"], found["drill"]) == (True, [], True, None)
    assert found["metrics"] == "/metrics"
    assert found["phases"] == {
        "Unset": 1,
        "Pending": 1,
        "Running": 2,
        "Succeeded": 0,
        "Failed": 1,
        "Error": 1,
        "Other": 0,
    }
    assert found["totals"] == {"created": 7, "succeeded": 1, "failed": 1, "error": 1, "deleted": 1}
    assert found["waiting"] == NOBODY_WAITS | {"not_admitted": 1, "parallelism": 1}
    assert found["namespaces"] == 3
    assert [informer["resource"] for informer in found["informers"]] == [
        "workflows.argoproj.io",
        "cronworkflows.argoproj.io",
    ]
    assert found["throughput"]["times"] == []
    assert set(found["stamps"]) == {"namespaces", "waiting", "running", "failures", "cron", "groups"}


async def test_the_overview_says_what_is_wrong_and_what_is_going_to_go_wrong() -> None:
    wall = Wall()
    wall.checks = (Check("informer x", "degraded: no route"), Check("other"))
    wall.drill = Drill((Fault("expire", "the history is gone", 1.5, 2.5),), 60.0, "a simulation")
    found = await view(wall, "overview")
    assert (found["ready"], found["problems"]) == (False, ["informer x: degraded: no route"])
    assert found["drill"] == {
        "schedule": [{"fault": "expire", "about": "the history is gone", "begins": 1.5, "ends": 2.5}],
        "speed": 60.0,
        "about": "a simulation",
    }


async def test_what_waits_is_listed_the_longest_first() -> None:
    found = await view(company(), "waiting")
    assert [(row["name"], row["waits_for"]) for row in found["items"]] == [
        ("queued", "parallelism"),
        ("new", "not_admitted"),
    ]
    assert (found["continue"], found["remaining"]) == ("", 0)


async def test_what_waits_is_listed_by_its_reason_and_by_its_namespace() -> None:
    wall = company()
    assert [row["name"] for row in (await view(wall, "waiting?reason=parallelism"))["items"]] == ["queued"]
    assert [row["name"] for row in (await view(wall, "waiting?namespace=a&reason=not_admitted"))["items"]] == ["new"]
    assert (await view(wall, "waiting?namespace=b"))["items"] == []


async def test_a_row_has_what_is_kept_and_two_fields_of_the_body() -> None:
    found = await view(company(), "running")
    older, running = found["items"]
    assert older["name"] == "older"
    assert running == {
        "namespace": "b",
        "name": "running",
        "phase": "Running",
        "created": START,
        "started": START + 5,
        "finished": None,
        "template_kind": "WorkflowTemplate",
        "template": "build",
        "cron": "",
        "waits_for": "",
        "message": "",
        "progress": "3/7",
    }


async def test_failures_are_listed_the_latest_first() -> None:
    wall = company()
    found = await view(wall, "failures")
    assert [(row["name"], row["message"]) for row in found["items"]] == [("worse", ""), ("bad", "OOMKilled")]
    assert [row["name"] for row in (await view(wall, "failures?phase=Failed"))["items"]] == ["bad"]


async def test_a_long_message_is_cut_in_a_row() -> None:
    wall = Wall()
    wall.keep("a", "b", phase="Failed", status={"message": "x" * 501})
    (row,) = (await view(wall, "failures"))["items"]
    assert row["message"] == "x" * 499 + "…"


async def test_namespaces_are_told_with_their_phases_and_their_oldest() -> None:
    found = await view(company(), "namespaces?sort=namespace")
    assert [item["namespace"] for item in found["items"]] == ["a", "b", "c"]
    first, second, _ = found["items"]
    assert first["phases"]["Unset"] == first["phases"]["Pending"] == 1
    assert (first["total"], first["waiting"], first["oldest_waiting"]) == (2, 2, START + 10)
    assert (second["waiting"], second["oldest_waiting"], second["oldest_running"]) == (0, None, START + 1)
    assert len(first["phases"]) == 7


async def test_namespaces_are_sorted_as_asked() -> None:
    wall = company()
    for sort, names in {"failed": "cba", "running": "bac", "waiting": "abc", "total": "bac"}.items():
        found = await view(wall, f"namespaces?sort={sort}")
        assert "".join(item["namespace"] for item in found["items"]) == names, sort
    assert (await view(wall, "namespaces"))["items"][0]["namespace"] == "c"


async def test_groups_tell_how_many_there_are_and_how_many_ended_how() -> None:
    wall = company()
    found = await view(wall, "groups?namespace=c&sort=template")
    assert found["items"] == [
        {
            "namespace": "c",
            "template_kind": "WorkflowTemplate",
            "template": template,
            "cron": "",
            "objects": 1,
            "created": 1,
            "succeeded": 0,
            "failed": int(template == "build"),
            "error": int(template == "other"),
        }
        for template in ("build", "other")
    ]
    assert (await view(wall, "groups?sort=objects"))["items"][0]["namespace"] == "b"


async def test_groups_beyond_the_limit_share_a_row() -> None:
    wall = Wall(limits=LedgerLimits(groups_of_namespace=1))
    for number in range(3):
        wall.keep("a", f"w{number}", template=f"t{number}")
    found = (await view(wall, "groups?sort=objects"))["items"]
    assert [(item["template"], item["objects"]) for item in found] == [("__overflow__", 2), ("t0", 1)]


async def test_cron_workflows_are_told_with_the_last_of_what_they_made() -> None:
    wall = Wall()
    wall.schedule("a", "nightly", lastScheduledTime="2023-11-14T22:00:00Z", active=[{}, {}], succeeded=5, failed=1)
    for number in range(12):
        labels = {CRON_LABEL: "nightly"}
        wall.keep("a", f"n{number}", created=START + number, phase="Succeeded", finished=START + 99, labels=labels)
    wall.keep("b", "elsewhere", labels={CRON_LABEL: "nightly"})
    found = await view(wall, "cron")
    assert (found["watched"], found["state"], found["remaining"]) == (True, "live", 0)
    (item,) = found["items"]
    assert [one["name"] for one in item["last"]] == [f"n{number}" for number in range(11, 1, -1)]
    assert item["last"][0] == {"name": "n11", "phase": "Succeeded", "finished": START + 99}
    assert item["schedules"] == ["*/5 * * * *", "0 3 * * *"]
    assert (item["timezone"], item["suspended"], item["active"]) == ("Europe/Berlin", True, 2)
    assert (item["last_scheduled"], item["succeeded"], item["failed"]) == (1_699_999_200, 5, 1)


async def test_cron_workflows_that_are_not_known_are_no_error() -> None:
    assert (await view(Wall(cron=False), "cron"))["watched"] is False
    wall = Wall()
    assert wall.cron is not None
    wall.cron.synced, wall.cron.state = False, "absent"
    found = await view(wall, "cron")
    assert (found["watched"], found["state"], found["items"]) == (True, "absent", [])


async def test_informers_tell_where_they_stand_and_what_they_did() -> None:
    wall = company()
    wall.workflows.reflector.reason = "told to wait"
    wall.workflows.reflector.listed, wall.workflows.reflector.remaining = 30, 12
    found = await view(wall, "informers")
    first = found["items"][0]
    assert first["cache_bytes"] > 1000
    assert first | {"cache_bytes": 0} == {
        "resource": "workflows.argoproj.io",
        "state": "live",
        "reason": "told to wait",
        "version": "107",
        "objects": 7,
        "last_contact": NOW - 0.5,
        "last_event": NOW - 2.5,
        "last_sync": NOW - 100,
        "events_per_second": None,
        "events": {"added": 7, "modified": 0, "deleted": 0},
        "bookmarks": 7,
        "relists": 2,
        "watches": 3,
        "errors": 3,
        "received_bytes": 4711,
        "cache_bytes": 0,
        "listed": 30,
        "remaining": 12,
    }
    assert found["memory"]["resident"] > 1_000_000


async def test_samples_become_events_per_second_and_numbers_over_time() -> None:
    wall = company()
    page = wall.page()
    page.sample()
    wall.now += page.step
    for number in range(10):
        wall.keep("d", f"w{number}", created=START + 90)
    page.sample()
    async with wall.serving(page) as client:
        informers = document(await client.ask("GET", "/api/v1/informers"))["items"]
        found = document(await client.ask("GET", "/api/v1/throughput"))
    assert [informer["events_per_second"] for informer in informers] == [2.0, 0.0]
    assert found == {
        "step": 5.0,
        "times": [NOW, NOW + 5],
        "created": [None, 10],
        "succeeded": [None, 0],
        "failed": [None, 0],
        "running": [2, 2],
        "waiting": [2, 12],
    }


async def test_nothing_is_known_of_events_per_second_while_the_clock_is_set_back() -> None:
    wall = company()
    page = wall.page()
    rates = []
    for step in (5, 5, -100, 5):
        wall.now += step
        wall.keep("d", "new", phase="Running")
        page.sample()
        async with wall.serving(page) as client:
            rates.append(document(await client.ask("GET", "/api/v1/informers"))["items"][0]["events_per_second"])
    assert rates == [None, 0.2, None, 0.2]


async def test_every_row_is_met_once_while_others_come_and_go() -> None:
    wall = Wall()
    for number in range(30):
        wall.keep("ns", f"w{number:02}", phase="Running", started=START + number % 3)
    async with wall.serving() as client:
        met: list[str] = []
        token = ""
        for turn in range(100):
            answer = document(await client.ask("GET", f"/api/v1/running?limit=4&continue={token}"))
            met += [row["name"] for row in answer["items"]]
            wall.keep("ns", f"x{turn:02}", phase="Running", started=START - 1)
            wall.keep("ns", met[turn], phase="Succeeded")
            token = answer["continue"]
            if not token:
                break
    assert [name for name in met if name.startswith("w")] == sorted(
        (f"w{number:02}" for number in range(30)), key=lambda name: (int(name[1:]) % 3, name)
    )


async def test_tables_are_paged_too() -> None:
    wall = Wall()
    for number in range(23):
        wall.keep(f"n{number:02}", "w", template=f"t{number % 5}")
        wall.schedule(f"n{number:02}", "c")
    every = [f"n{number:02}" for number in range(23)]
    async with wall.serving() as client:
        for target in ("namespaces?sort=total", "namespaces?sort=namespace", "cron"):
            assert [item["namespace"] for item in await pages(client, target, 5)] == every, target
        for sort in ("failed", "objects", "created", "template"):
            found = await pages(client, f"groups?sort={sort}", 4)
            assert sorted(item["namespace"] for item in found) == every, sort


async def test_what_makes_no_sense_is_refused_with_a_reason() -> None:
    wall = company()
    assert await refused(wall, "running?limit=abc") == (400, "limit: expected a number from 1 to 200, not 'abc'")
    assert (await refused(wall, "running?limit=0"))[0] == 400
    assert (await refused(wall, "running?limit=-1"))[0] == 400
    assert await refused(wall, "namespaces?sort=size") == (
        400,
        "sort: expected one of failed, running, waiting, total, namespace, not 'size'",
    )
    for target in ("running?continue=x", "running?continue=%ff", "groups?continue=W10", "search?continue=WyJhIiwxXQ"):
        assert await refused(wall, target) == (400, "continue: this is no place in this list"), target


async def test_a_place_in_one_list_is_none_in_another() -> None:
    wall = company()
    token = (await view(wall, "running?limit=1"))["continue"]
    assert token
    assert (await refused(wall, f"waiting?continue={token}"))[0] == 400
    assert len((await view(wall, f"running?continue={token}&unknown=1"))["items"]) == 1


async def test_before_the_cache_is_complete_lists_wait_and_the_rest_answers() -> None:
    wall = Wall()
    wall.workflows.synced = False
    for target in ("namespaces", "groups", "waiting", "running", "failures", "search", "workflows/a/b"):
        assert await refused(wall, target) == (503, "the cache is not complete yet"), target
    for target in ("overview", "informers", "throughput", "cron"):
        await view(wall, target)


async def test_without_lookups_no_object_is_named() -> None:
    wall = Wall(names=False)
    for target in ("waiting", "running", "failures", "search", "cron", "workflows/a/b"):
        assert await refused(wall, target) == (403, "lookups are turned off"), target
    for target in ("informers", "throughput", "namespaces", "groups"):
        await view(wall, target)
    assert (await view(wall, "overview"))["lookup"] is False
