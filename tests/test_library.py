"""The informer as a library, against a fake cluster: lookups, consumers, types, errors, and how it all ends."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.informer.source import Tools
from exporter.kube.errors import Malformed, NoCredentials
from exporter.kube.selector import BadSelector
from exporter.library import (
    Added,
    Change,
    Cluster,
    Deleted,
    Event,
    Misfit,
    NotServed,
    NotSynced,
    Updated,
    Watched,
    connect,
    resource,
)
from exporter.library.reading import Reader
from tests.informer.cluster import FakeCluster, filled
from tests.informer.rig import EPOCH
from tests.informer.troubles import FORBIDDEN, Answer, Hang, Mute, Refuse
from tests.informer.virtual import now, run, settle, virtual
from tests.store import things
from tests.store.profile import STEADY

Thing = dict[str, Any]
THINGS = "example.com/v1/things"


class Painted(msgspec.Struct):
    """A thing of one of two colours; no other fits."""

    metadata: dict[str, Any]
    colour: str

    def __post_init__(self) -> None:
        if self.colour not in {"red", "blue"}:
            raise ValueError(f"no such colour as {self.colour}")


def _library(cluster: FakeCluster) -> Cluster:
    return Cluster(cluster, Tools(now, lambda: EPOCH + now(), random.Random(7).random))


@asynccontextmanager
async def _things(cluster: FakeCluster, **options: Any) -> AsyncIterator[Watched[Thing]]:
    """The things of a cluster, listed."""
    async with _library(cluster).informer(THINGS, **options) as watched:
        await watched.wait_synced(timeout=60)
        yield watched


class _Ledger:
    """A handler that writes down what it reads."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []

    def hear(self, event: Event[Thing]) -> None:
        match event:
            case Added(key=key, new=new):
                self.lines.append(("added", key, new["colour"]))
            case Updated(key=key, old=old, new=new):
                self.lines.append(("updated", key, old["colour"], new["colour"]))
            case Deleted(key=key, last=last):
                self.lines.append(("deleted", key, last["colour"]))


class _Follower:
    """A consumer of changes: what it knows by now, and how often it was told."""

    def __init__(self, watched: Watched[Thing], limit: int = 1000) -> None:
        self.known: dict[str, str] = {}
        self.told: list[str] = []
        self.states: list[tuple[str, str]] = []
        self.pace = 0.0
        self._changes = watched.changes(limit)

    async def run(self) -> None:
        async for change in self._changes:
            self.told.append(change.key)
            self._note(change)
            await asyncio.sleep(self.pace)

    def _note(self, change: Change[Thing]) -> None:
        thing = change.object
        if thing is None:
            del self.known[change.key]
        else:
            self.known[change.key] = thing["colour"]
            self.states.append((change.key, thing["metadata"]["resourceVersion"]))


# Names.


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("v1/pods", "/api/v1/pods"),
        ("apps/v1/deployments", "/apis/apps/v1/deployments"),
        ("argoproj.io/v1alpha1/workflows", "/apis/argoproj.io/v1alpha1/workflows"),
        ("metrics.k8s.io/v1beta1/pods", "/apis/metrics.k8s.io/v1beta1/pods"),
    ],
)
def test_a_resource_is_named_by_group_version_and_plural(text: str, path: str) -> None:
    assert resource(text).path() == path


@pytest.mark.parametrize(
    "text", ["", "pods", "v1", "v1/", "/v1/pods", "v1/Pods", "v1/pods/status", "apps/deployments", "v1/pods?watch=1"]
)
def test_what_names_no_resource_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no resource: .* v1/pods, apps/v1/deployments"):
        resource(text)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"namespaces": "Kube"}, "'Kube' cannot be a namespace"),
        ({"namespaces": ["ok", "a/b"]}, "'a/b' cannot be a namespace"),
        ({"namespaces": [""]}, "'' cannot be a namespace"),
        ({"label_selector": "a in"}, "character 5"),
        ({"indexes": {"namespace": len}}, "'namespace' is always there"),
    ],
)
@virtual
async def test_options_that_cannot_be_meant_are_refused_before_anybody_is_asked(
    options: dict[str, Any], complaint: str
) -> None:
    cluster = filled()
    with pytest.raises(ValueError, match=complaint):
        _library(cluster).informer(THINGS, **options)
    assert cluster.requests == []


def test_a_bad_selector_is_an_error_of_its_own_that_is_a_value_error() -> None:
    assert issubclass(BadSelector, ValueError)


# Lookups.


@virtual
async def test_an_object_is_a_fresh_dict_each_time_and_its_bytes_are_the_servers() -> None:
    cluster = filled()
    async with _things(cluster) as watched:
        one, other = watched["ns/t0"], watched.get("ns/t0")
        assert one == other == msgspec.json.decode(cluster.objects[things.key("t0")].body)
        assert one is not other
        assert watched.raw("ns/t0") == cluster.objects[things.key("t0")].body
        assert watched.version == str(cluster.version)


@virtual
async def test_what_is_not_there_is_none_or_a_key_error() -> None:
    async with _things(filled()) as watched:
        assert (watched.get("ns/other"), watched.raw("t0")) == (None, None)
        assert "ns/other" not in watched
        with pytest.raises(KeyError, match="ns/other"):
            watched["ns/other"]


@virtual
async def test_all_objects_can_be_counted_named_and_drawn() -> None:
    async with _things(filled(7)) as watched:
        names = {f"ns/t{number}" for number in range(7)}
        assert len(watched) == 7
        assert set(watched) == names
        assert {f"ns/{thing['metadata']['name']}" for thing in watched.values()} == names
        assert "ns/t0" in watched


@virtual
async def test_objects_are_found_by_index_under_one_value_or_several() -> None:
    cluster = filled(0)
    cluster.create("a", colour="red")
    cluster.create("b", colour="blue")
    cluster.create("c", "other", colour="red")
    indexes = {
        "colour": lambda thing: thing["colour"],
        "letters": lambda thing: list(thing["colour"]),
        "none": lambda _: None,
    }
    async with _things(cluster, indexes=indexes) as watched:
        assert set(watched.keys("colour", "red")) == {"ns/a", "other/c"}
        assert [thing["metadata"]["name"] for thing in watched.find("letters", "b")] == ["b"]
        assert len(watched.keys("letters", "e")) == 3
        assert watched.statistics().store.index_entries["none"] == 0
        assert watched.keys("namespace", "other") == ("other/c",)
        cluster.change(things.key("a"), "green")
        await settle()
        assert watched.keys("colour", "red") == ("other/c",)
        with pytest.raises(KeyError):
            watched.keys("size", "1")


@virtual
async def test_an_index_function_that_raises_gives_no_values_and_is_counted() -> None:
    cluster = filled()
    async with _things(cluster, indexes={"size": lambda thing: thing["size"]}) as watched:
        assert watched.statistics().store.index_errors == 3
        assert len(watched) == 3
        await settle()
        assert watched.healthy


@virtual
async def test_what_goes_while_objects_are_drawn_is_passed_over() -> None:
    cluster = filled()
    async with _things(cluster) as watched:
        drawn = watched.values()
        first = next(drawn)["metadata"]["name"]
        for name in {"t0", "t1", "t2"} - {first, "t1"}:
            cluster.delete(things.key(name))
        await settle()
        assert {thing["metadata"]["name"] for thing in drawn} | {first} == {first, "t1"}


@virtual
async def test_chosen_namespaces_and_labels_reach_the_server() -> None:
    cluster = filled()
    cluster.create("away", "other")
    async with _things(cluster, namespaces="other", label_selector="a=b") as watched:
        assert list(watched) == ["other/away"]
    assert {request.query.namespace for request in cluster.requests} == {"other"}
    assert {request.query.label_selector for request in cluster.requests} == {"a=b"}


# Types.


@virtual
async def test_objects_may_be_of_a_type_of_the_callers() -> None:
    cluster = filled()
    by_colour: dict[str, Callable[[Painted], str]] = {"colour": lambda thing: thing.colour}
    async with _library(cluster).informer(THINGS, type=Painted, indexes=by_colour) as watched:
        await watched.wait_synced()
        found = watched.get("ns/t1")
        assert isinstance(found, Painted)
        assert found.colour == "red"
        assert len(list(watched.find("colour", "red"))) == 3


@virtual
async def test_what_does_not_fit_the_type_is_counted_and_found_by_whoever_looks_at_it() -> None:
    cluster = filled()
    odd = cluster.create("odd", colour="octarine")
    async with _library(cluster).informer(THINGS, type=Painted) as watched:
        heard: list[str] = []
        watched.on_change(lambda event: heard.append(event.new.colour) if isinstance(event, Added) else None)
        await watched.wait_synced()
        assert watched.statistics().store.partly_read == 1
        with pytest.raises(Misfit, match="ns/odd: no such colour as octarine"):
            watched[odd]
        assert watched.raw(odd) == cluster.objects[odd].body
        assert heard == ["red"] * 3
        assert watched.statistics().handler_errors == 1
        cluster.change(odd, "blue")
        await settle()
        assert watched[odd].colour == "blue"
        assert watched.healthy


@virtual
async def test_a_change_that_does_not_fit_ends_no_iteration() -> None:
    cluster = filled(0)
    cluster.create("odd", colour="octarine")
    cluster.create("plain")
    async with _library(cluster).informer(THINGS, type=Painted) as watched:
        await watched.wait_synced()
        fits: dict[str, bool] = {}
        async for change in watched.changes():
            try:
                fits[change.key] = change.object is not None
            except Misfit:
                fits[change.key] = False
            if len(fits) == 2:
                break
        assert fits == {"ns/odd": False, "ns/plain": True}


def test_an_object_too_deep_to_decode_is_kept_by_its_metadata() -> None:
    body = b'{"metadata":{"name":"deep","uid":"u"},"deep":' + b"[" * 9000 + b"]" * 9000 + b"}"
    reader: Reader[Thing] = Reader(dict, {"any": lambda _: "value"})
    document = reader.document(body)
    assert document.meta.key == "deep"
    assert document.problem == "deep: nested too deeply"
    assert tuple(reader.indexes["any"](document)) == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"metadata":{}}', b'{"metadata":3}', b'{"metadata":{"name":"a"}']
)
def test_what_is_no_object_with_a_name_is_malformed(body: bytes) -> None:
    reader: Reader[Thing] = Reader(dict, {})
    with pytest.raises(Malformed):
        reader.document(body)


def test_objects_of_one_maker_are_kept_next_to_each_other() -> None:
    def kin(**meta: object) -> str:
        body = msgspec.json.encode({"metadata": {"name": "a", "namespace": "ns"} | meta})
        reader: Reader[Thing] = Reader(dict, {})
        return reader.document(body).kin

    owner = {"kind": "Deployment", "name": "web", "controller": True}
    assert kin(generateName="web-7d4b9c5f6-") == kin(ownerReferences=[owner]) == "ns/web"
    assert kin(generateName="backup-28391230-") == "ns/backup"
    assert kin(generateName="hello-world-") == "ns/hello-world"
    assert kin(ownerReferences=[owner | {"controller": False}]) == kin() == "ns/"


# Handlers.


@virtual
async def test_a_handler_hears_what_is_there_and_then_each_change_with_old_and_new() -> None:
    cluster = filled(1)
    async with _library(cluster).informer(THINGS) as watched:
        ledger = _Ledger()
        watched.on_change(ledger.hear)
        await watched.wait_synced()
        await settle()
        cluster.change(things.key("t0"), "blue")
        cluster.delete(things.key("t0"))
        await settle()
        assert ledger.lines == [
            ("added", "ns/t0", "red"),
            ("updated", "ns/t0", "red", "blue"),
            ("deleted", "ns/t0", "blue"),
        ]


@virtual
async def test_a_late_handler_hears_the_whole_cache_first_as_initial() -> None:
    cluster = filled()
    async with _things(cluster) as watched:
        await settle()
        initial: list[bool] = []

        @watched.on_change
        def hear(event: Event[Thing]) -> None:
            assert isinstance(event, Added)
            initial.append(event.initial)

        cluster.create("new")
        await settle()
        assert initial == [True, True, True, False]


@virtual
async def test_a_handler_that_raises_is_counted_and_keeps_nothing_from_the_others() -> None:
    cluster = filled()
    async with _things(cluster) as watched:
        watched.on_change(lambda event: 1 // 0)
        ledger = _Ledger()
        watched.on_change(ledger.hear)
        assert len(ledger.lines) == 3
        assert watched.statistics().handler_errors == 3
        await settle()
        assert watched.healthy


@virtual
async def test_a_handler_that_would_have_to_be_awaited_is_refused() -> None:
    async def hear(event: Event[Thing]) -> None:
        raise AssertionError

    async with _things(filled()) as watched:
        with pytest.raises(TypeError, match=r"reads changes\(\)"):
            watched.on_change(hear)


# Several consumers.


@virtual
async def test_any_number_of_consumers_share_one_list_and_one_watch() -> None:
    cluster = filled(5)
    async with _things(cluster) as watched, asyncio.TaskGroup() as tasks:
        ledgers = [_Ledger(), _Ledger()]
        for ledger in ledgers:
            watched.on_change(ledger.hear)
        followers = [_Follower(watched) for _ in range(3)]
        running = [tasks.create_task(follower.run()) for follower in followers]
        await settle()
        cluster.change(things.key("t0"), "blue")
        await settle()
        assert [follower.known for follower in followers] == [
            {f"ns/t{n}": "red" for n in range(1, 5)} | {"ns/t0": "blue"}
        ] * 3
        assert [len(ledger.lines) for ledger in ledgers] == [6, 6]
        assert cluster.verbs() == ["list", "watch"]
        for task in running:
            task.cancel()


@virtual
async def test_a_slow_consumer_hears_the_last_state_of_each_object_and_none_twice() -> None:
    cluster = filled(3)
    async with _things(cluster) as watched, asyncio.TaskGroup() as tasks:
        follower = _Follower(watched)
        running = tasks.create_task(follower.run())
        await settle()
        follower.pace = 1.0
        for colour in ("blue", "green", "pink"):
            cluster.change(things.key("t0"), colour)
            cluster.change(things.key("t1"), colour)
            await asyncio.sleep(0)
        await asyncio.sleep(20)
        assert follower.known == {"ns/t0": "pink", "ns/t1": "pink", "ns/t2": "red"}
        assert len(follower.told) <= 3 + 3
        running.cancel()


@virtual
async def test_a_consumer_that_fell_far_behind_is_told_what_is_different_deletions_included() -> None:
    cluster = filled(10)
    async with _things(cluster) as watched, asyncio.TaskGroup() as tasks:
        follower = _Follower(watched, limit=2)
        running = tasks.create_task(follower.run())
        await settle()
        follower.pace = 5.0
        follower.told.clear()
        for number in range(6):
            cluster.change(things.key(f"t{number}"), "blue")
        await settle()
        for number in range(4, 8):
            cluster.delete(things.key(f"t{number}"))
        cluster.create("new")
        await asyncio.sleep(100)
        assert follower.known == {f"ns/t{n}": "blue" for n in range(4)} | {
            "ns/t8": "red",
            "ns/t9": "red",
            "ns/new": "red",
        }
        assert sorted(set(follower.told)) == sorted([*(f"ns/t{number}" for number in range(8)), "ns/new"])
        assert watched.statistics().subscriber_lags >= 1
        running.cancel()


@virtual
async def test_a_consumer_that_leaves_its_loop_is_forgotten() -> None:
    cluster = filled(2)
    async with _things(cluster) as watched:
        async for change in watched.changes():
            assert change.object is not None
            break
        await settle()
        assert watched._informer._subscriptions == []


ACTS = ("create", "change", "change", "change", "delete", "replace", "pause", "expire")


@given(
    acts=st.lists(st.sampled_from(ACTS), max_size=60), limit=st.integers(1, 4), pace=st.sampled_from([0.0, 0.3, 2.0])
)
@settings(STEADY, max_examples=100)
def test_whatever_happens_each_consumer_ends_up_knowing_the_cluster_and_hears_no_state_twice(
    acts: list[str], limit: int, pace: float
) -> None:
    async def live() -> None:
        cluster, chance = filled(3), random.Random(len(acts))
        async with _things(cluster) as watched, asyncio.TaskGroup() as tasks:
            follower = _Follower(watched, limit)
            follower.pace = pace
            running = tasks.create_task(follower.run())
            for act in acts:
                await _do(act, cluster, chance)
            await asyncio.sleep(1000)
            assert follower.known == {key: _colour(thing.body) for key, thing in cluster.objects.items()}
            assert len(set(follower.states)) == len(follower.states)
            running.cancel()

    run(live())


async def _do(act: str, cluster: FakeCluster, chance: random.Random) -> None:
    there = sorted(cluster.objects)
    match act:
        case "create":
            cluster.create(f"n{cluster.version}")
        case "pause":
            await asyncio.sleep(chance.choice([0, 0.5, 5]))
        case "expire":
            cluster.compact()
            cluster.drop_watches()
        case _ if not there:
            pass
        case "change":
            cluster.change(chance.choice(there), f"colour {cluster.version}")
        case "delete":
            cluster.delete(chance.choice(there))
        case _:
            cluster.replace(chance.choice(there))


def _colour(body: bytes) -> str:
    thing: Thing = msgspec.json.decode(body)
    colour: str = thing["colour"]
    return colour


# Waiting and ending.


@virtual
async def test_waiting_in_vain_says_what_stands_in_the_way() -> None:
    cluster = filled()
    cluster.trouble = FORBIDDEN
    async with _library(cluster).informer(THINGS) as watched:
        with pytest.raises(NotSynced, match=r"things.example.com: not listed within 30 s \(degraded: .* forbidden"):
            await watched.wait_synced(timeout=30)
        assert (watched.state, watched.synced, watched.healthy) == ("degraded", False, False)
        cluster.trouble = None
        await watched.wait_synced(timeout=120)
        assert (len(watched), watched.reason) == (3, "")


@virtual
async def test_who_waits_for_the_version_of_a_write_finds_the_write_in_the_cache() -> None:
    cluster = filled()
    async with _things(cluster) as watched:
        await settle()
        cluster.change(things.key("t0"), "blue")
        await watched.wait_version(str(cluster.version), timeout=1)
        assert watched["ns/t0"]["colour"] == "blue"
        with pytest.raises(NotSynced, match=r"not at version 99 within 5 s \(live\)"):
            await watched.wait_version("99", timeout=5)


@virtual
async def test_a_resource_that_is_not_served_is_said_to_be_absent_and_waited_for() -> None:
    cluster = filled()
    cluster.served = False
    async with _library(cluster).informer(THINGS) as watched:
        with pytest.raises(NotServed, match=r"does not serve /apis/example[.]com/v1/things"):
            await watched.wait_synced(timeout=60)
        await watched.wait_synced(absent=True)
        assert (watched.state, len(watched)) == ("absent", 0)
        cluster.served = True
        await asyncio.sleep(10)
        await watched.wait_synced()
        assert (watched.state, len(watched)) == ("live", 3)


def _hang_in_a_list(cluster: FakeCluster) -> None:
    cluster.list_script.append(Hang())


def _be_mute(cluster: FakeCluster) -> None:
    cluster.watch_script.append(Mute())


def _be_ordinary(cluster: FakeCluster) -> None:
    cluster.trouble = None


def _refuse(cluster: FakeCluster) -> None:
    cluster.trouble = Refuse()


def _ask_for_an_hour(cluster: FakeCluster) -> None:
    cluster.trouble = Answer(429, retry_after=3600)


def _serve_nothing(cluster: FakeCluster) -> None:
    cluster.served = False


@pytest.mark.parametrize(
    "prepare", [_hang_in_a_list, _be_mute, _be_ordinary, _refuse, _ask_for_an_hour, _serve_nothing]
)
@pytest.mark.parametrize("moment", [0.0, 1.0, 40.0])
def test_leaving_the_block_ends_everything_wherever_it_stands(
    prepare: Callable[[FakeCluster], None], moment: float
) -> None:
    async def leave() -> None:
        cluster = filled()
        prepare(cluster)
        async with asyncio.TaskGroup() as tasks:
            async with _library(cluster).informer(THINGS) as watched:
                waiting = tasks.create_task(_outcome(watched))
                following = tasks.create_task(_Follower(watched).run())
                await asyncio.sleep(moment)
            left = now()
            await asyncio.wait([waiting, following])
            assert now() - left <= 1.0
        assert waiting.result() in {"synced", "stopped", "absent"}
        assert (watched.state, watched.healthy, cluster.open_watches) == ("stopped", False, 0)
        assert len(asyncio.all_tasks()) == 1

    run(leave())


async def _outcome(watched: Watched[Thing]) -> str:
    try:
        await watched.wait_synced()
    except NotSynced as error:
        return "stopped" if "not listed (stopped" in str(error) else str(error)
    except NotServed:
        return "absent"
    return "synced"


@virtual
async def test_after_the_block_the_cache_can_be_read_and_nothing_waits() -> None:
    async with _library(filled()).informer(THINGS) as unread:
        pass
    with pytest.raises(NotSynced, match="stopped"):
        await unread.wait_synced()
    async with _things(filled()) as watched:
        pass
    assert len(list(watched.values())) == 3
    assert [change async for change in watched.changes()] == []


@virtual
async def test_an_exception_in_the_block_comes_out_as_it_is() -> None:
    failure = LookupError("of the caller's")
    with pytest.raises(LookupError) as caught:
        await _raise_inside(failure)
    assert caught.value is failure
    assert failure.__context__ is None


async def _raise_inside(failure: Exception) -> None:
    async with _things(filled()):
        raise failure


@virtual
async def test_an_informer_that_fails_cancels_the_block_and_raises_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async with _library(filled()).informer(THINGS) as one:
        kind = type(one._informer)

    async def fail(_: object) -> None:
        await asyncio.sleep(5)
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(kind, "run", fail)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        async with _library(filled()).informer(THINGS) as watched:
            await watched.wait_synced()
    assert now() == 5.0


async def test_without_credentials_nothing_is_connected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoCredentials, match="no kubeconfig is named"):
        async with connect():
            pass


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert files("exporter").joinpath("py.typed").is_file()
