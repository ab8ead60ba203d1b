"""Answers that hold for a while, against a plain model."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.reviews.memory import Memory

STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "find"]), st.integers(0, 5), st.integers(0, 4), st.integers(0, 3)), max_size=60
)


@given(steps=STEPS, limit=st.integers(1, 4))
def test_it_is_a_dictionary_with_ends_and_little_room(steps: list[tuple[str, int, int, int]], limit: int) -> None:
    memory: Memory[int] = Memory(limit)
    model: list[tuple[int, int, int]] = []  # question, until, answer; the one that was used last stands last
    now = 0
    for what, question, seconds, passed in steps:
        now += passed
        known = next((one for one in model if one[0] == question), None)
        if known is not None:
            model.remove(known)
        if what == "keep":
            memory.keep(question, now, now + seconds)
            model = [*model, (question, now + seconds, now)][-limit:]
            continue
        lives = known is not None and now < known[1]
        assert memory.find(question, now) == ((known[2],) if known is not None and lives else None)
        if known is not None and lives:
            model.append(known)
    assert len(memory) == len(model)


def test_that_somebody_is_nobody_is_an_answer_as_well() -> None:
    memory: Memory[str | None] = Memory(1)
    memory.keep("x", None, 5)
    assert memory.find("x", 4) == (None,)
    assert memory.find("y", 4) is None
