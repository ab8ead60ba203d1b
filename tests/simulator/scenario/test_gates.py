"""Nobody comes in beyond the limit, everybody comes in at last, and who came first is first."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from exporter.simulator.scenario.gates import Lock, Locks, Throttle

moves = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 15)), max_size=80)


@given(moves)
def test_a_throttle_lets_in_as_many_as_its_limits_allow_and_no_more(walk: list[tuple[str, int]]) -> None:
    limits = {"a": 1, "b": 2}
    throttle = Throttle(4, limits, 3)
    inside: dict[str, str] = {}
    queue: list[tuple[str, str]] = []
    for namespace, number in walk:
        uid = f"{namespace}{number}"
        if uid in inside or (namespace, uid) in queue:
            admitted = throttle.leave(namespace, uid)
            inside.pop(uid, None)
            queue = [each for each in queue if each[1] != uid]
        else:
            queue.append((namespace, uid))
            admitted = [uid] if throttle.enter(namespace, uid) else []
        inside |= {each: each[0] for each in admitted}
        queue = [each for each in queue if each[1] not in inside]
        counts = Counter(inside.values())
        assert (throttle.inside, throttle.queued) == (len(inside), len(queue))
        assert len(inside) <= 4
        assert all(count <= throttle.limit(name) for name, count in counts.items())
        assert len(inside) == 4 or all(counts[name] == throttle.limit(name) for name, _ in queue)


def test_who_came_first_is_let_in_first_also_across_namespaces() -> None:
    throttle = Throttle(1, {}, 1)
    assert throttle.enter("a", "first")
    for namespace, uid in (("b", "second"), ("a", "third"), ("b", "fourth")):
        assert not throttle.enter(namespace, uid)
    order = ["first", *("second", "third", "fourth")]
    namespaces = {"first": "a", "second": "b", "third": "a", "fourth": "b"}
    assert [throttle.leave(namespaces[uid], uid) for uid in order] == [["second"], ["third"], ["fourth"], []]


@given(st.integers(1, 3), st.lists(st.integers(0, 9), max_size=60))
def test_a_lock_is_held_by_so_many_and_handed_on_in_order(size: int, walk: list[int]) -> None:
    locks, lock = Locks(), Lock("a", "door", size)
    holders: list[str] = []
    queue: list[str] = []
    for number in walk:
        uid = str(number)
        if uid in holders or uid in queue:
            granted = locks.release(lock, uid)
            holders, queue = ([each for each in those if each != uid] for those in (holders, queue))
            assert granted == queue[: len(granted)]
            holders, queue = [*holders, *granted], queue[len(granted) :]
        elif locks.take(lock, uid):
            holders.append(uid)
        else:
            queue.append(uid)
        assert len(holders) <= size
        assert not queue or len(holders) == size
        assert (locks.free(lock), locks.waiting(lock)) == (size - len(holders), len(queue))


def test_a_lock_is_called_as_the_controller_calls_it() -> None:
    assert Lock("a", "door").title == "a/Mutex/door"
    assert Lock("a", "door", 3).title == "a/ConfigMap/limits/door"
