"""The table: every state, every event that can meet it, and what follows."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.informer.machine import (
    HEALTHY,
    LARGEST_PAGE,
    PACES,
    Broken,
    Cause,
    Ended,
    Event,
    Failed,
    Listing,
    Paged,
    Probed,
    Probing,
    Reason,
    Regressed,
    Rested,
    Silent,
    State,
    Waiting,
    Watching,
    cause_of,
    step,
)
from exporter.kube.errors import KubeError, Malformed, Misconfigured, TooLarge, Unreachable, answered
from exporter.kube.objects import is_older
from tests.informer.troubles import (
    BUSY,
    FAILED,
    FORBIDDEN,
    FROM_THE_FUTURE,
    GONE,
    NOT_SERVED,
    STARTING,
    UNAUTHORIZED,
    Answer,
)
from tests.store.profile import STEADY

ERRORS: dict[Cause, KubeError] = {
    Cause.EXPIRED: GONE.error("list"),
    Cause.UNAUTHORIZED: UNAUTHORIZED.error("list"),
    Cause.FORBIDDEN: FORBIDDEN.error("list"),
    Cause.NOT_FOUND: NOT_SERVED.error("list"),
    Cause.THROTTLED: BUSY.error("list"),
    Cause.SERVER: FAILED.error("list"),
    Cause.NETWORK: Unreachable("refused"),
    Cause.DECODE: Malformed("not JSON"),
    Cause.REJECTED: Answer(400).error("list"),
}
FUTURE = FROM_THE_FUTURE.error("watch")
BUSY_FOR_A_WHILE = Answer(429, retry_after=17.0).error("list")

FIRST = Listing(Reason.INITIAL)
AGAIN = Listing(Reason.EXPIRED)
THIRD_PAGE = Listing(Reason.EXPIRED, "token", 2, version="7")
MISSING = Listing(Reason.RESOURCE_CHANGED, missing=1)
AT_9 = Watching("9")


def _waiting(then: State, cause: Cause) -> Waiting:
    assert not isinstance(then, Waiting)
    return Waiting(then, cause, ERRORS[cause])


# What a list leads to.

LISTS: list[tuple[State, Event, State]] = [
    (FIRST, Paged("9", "", 3), AT_9),
    (FIRST, Paged("9", "", 0), AT_9),
    (FIRST, Paged("9", "more", 3), Listing(Reason.INITIAL, "more", 1, version="9")),
    (FIRST, Paged("9", "more", 0), Waiting(Listing(Reason.INITIAL, "more", 1, version="9"), Cause.EMPTY)),
    # The first page's version is that of the list, whatever a later page says.
    (THIRD_PAGE, Paged("9", "more", 3), Listing(Reason.EXPIRED, "more", 3, version="7")),
    (THIRD_PAGE, Paged("9", "", 3), Watching("7")),
    # An expired token: from the start, with larger pages.
    (THIRD_PAGE, Failed(ERRORS[Cause.EXPIRED]), _waiting(Listing(Reason.EXPIRED, scale=4), Cause.EXPIRED)),
    # What may pass is tried again at the same page.
    (THIRD_PAGE, Failed(ERRORS[Cause.NETWORK]), _waiting(THIRD_PAGE, Cause.NETWORK)),
    (THIRD_PAGE, Failed(ERRORS[Cause.SERVER]), _waiting(THIRD_PAGE, Cause.SERVER)),
    (THIRD_PAGE, Failed(ERRORS[Cause.UNAUTHORIZED]), _waiting(THIRD_PAGE, Cause.UNAUTHORIZED)),
    (THIRD_PAGE, Failed(ERRORS[Cause.FORBIDDEN]), _waiting(THIRD_PAGE, Cause.FORBIDDEN)),
    (THIRD_PAGE, Failed(BUSY_FOR_A_WHILE), Waiting(THIRD_PAGE, Cause.THROTTLED, BUSY_FOR_A_WHILE, 17.0)),
    # What will not pass by asking for the same page begins anew.
    (THIRD_PAGE, Failed(ERRORS[Cause.DECODE]), _waiting(AGAIN, Cause.DECODE)),
    (THIRD_PAGE, Failed(ERRORS[Cause.REJECTED]), _waiting(AGAIN, Cause.REJECTED)),
    (THIRD_PAGE, Broken(ERRORS[Cause.DECODE]), _waiting(Listing(Reason.ERROR), Cause.DECODE)),
    # Not served: believed at once by a first list, and by a later one at the third time.
    (FIRST, Failed(ERRORS[Cause.NOT_FOUND]), Waiting(FIRST, Cause.ABSENT, ERRORS[Cause.NOT_FOUND])),
    (AGAIN, Failed(ERRORS[Cause.NOT_FOUND]), _waiting(MISSING, Cause.NOT_FOUND)),
    (
        MISSING,
        Failed(ERRORS[Cause.NOT_FOUND]),
        _waiting(Listing(Reason.RESOURCE_CHANGED, missing=2), Cause.NOT_FOUND),
    ),
    (
        Listing(Reason.RESOURCE_CHANGED, missing=2),
        Failed(ERRORS[Cause.NOT_FOUND]),
        Waiting(Listing(Reason.RESOURCE_CHANGED, missing=3), Cause.ABSENT, ERRORS[Cause.NOT_FOUND]),
    ),
]

# What a watch leads to.

WATCHES: list[tuple[State, Event, State]] = [
    (AT_9, Ended("12", HEALTHY, heard=True), Watching("12")),
    (AT_9, Ended("12", 0.9, heard=True), Waiting(Watching("12"), Cause.CLOSED)),
    (Watching("9", silent=True), Ended("12", 300, heard=True), Watching("12")),
    # What ends again and again without a word may be watched from its future.
    (AT_9, Ended("9", 0.9, heard=False), Waiting(Watching("9", quiet=0.9), Cause.CLOSED)),
    (AT_9, Ended("9", 100, heard=False), Watching("9", quiet=100)),
    (Watching("9", quiet=100), Ended("9", 20, heard=False), Probing("9")),
    (Watching("9", quiet=100), Ended("12", 20, heard=True), Watching("12")),
    (AT_9, Silent("9", heard=False), Watching("9", silent=True)),
    (AT_9, Silent("12", heard=True), Watching("12", silent=True)),
    (Watching("9", silent=True), Silent("12", heard=True), Watching("12", silent=True)),
    (Watching("9", silent=True), Silent("9", heard=False), Probing("9", silent=True)),
    (AT_9, Regressed(), Waiting(Listing(Reason.VERSION_REGRESSED), Cause.EXPIRED)),
    (AT_9, Broken(ERRORS[Cause.DECODE]), _waiting(Listing(Reason.ERROR), Cause.DECODE)),
    (AT_9, Failed(ERRORS[Cause.EXPIRED], "12"), _waiting(AGAIN, Cause.EXPIRED)),
    (AT_9, Failed(FUTURE, "9"), Waiting(Listing(Reason.VERSION_REGRESSED), Cause.EXPIRED, FUTURE)),
    (AT_9, Failed(ERRORS[Cause.NOT_FOUND], "9"), _waiting(MISSING, Cause.NOT_FOUND)),
    # Whoever comes back may be an older self.
    (AT_9, Failed(ERRORS[Cause.NETWORK], "12"), _waiting(Probing("12"), Cause.NETWORK)),
    (AT_9, Failed(ERRORS[Cause.SERVER], "12"), _waiting(Probing("12"), Cause.SERVER)),
    (AT_9, Failed(ERRORS[Cause.NETWORK]), _waiting(Probing("9"), Cause.NETWORK)),
    (AT_9, Failed(ERRORS[Cause.UNAUTHORIZED], "9"), _waiting(AT_9, Cause.UNAUTHORIZED)),
    (AT_9, Failed(ERRORS[Cause.FORBIDDEN], "9"), _waiting(AT_9, Cause.FORBIDDEN)),
    (AT_9, Failed(ERRORS[Cause.REJECTED], "9"), _waiting(AT_9, Cause.REJECTED)),
    (AT_9, Failed(BUSY_FOR_A_WHILE, "9"), Waiting(AT_9, Cause.THROTTLED, BUSY_FOR_A_WHILE, 17.0)),
    # A frame that cannot be read is skipped by a list when it comes again from the very same version.
    (AT_9, Failed(ERRORS[Cause.DECODE], "9"), _waiting(Watching("9", garbled=True), Cause.DECODE)),
    (Watching("9", garbled=True), Failed(ERRORS[Cause.DECODE], "9"), _waiting(Listing(Reason.ERROR), Cause.DECODE)),
    (
        Watching("9", garbled=True),
        Failed(ERRORS[Cause.DECODE], "10"),
        _waiting(Watching("10", garbled=True), Cause.DECODE),
    ),
]

# What a probe and a wait lead to.

PROBES: list[tuple[State, Event, State]] = [
    (Probing("10"), Probed("10"), Watching("10")),
    (Probing("10"), Probed("11"), Watching("10")),
    (Probing("10", silent=True), Probed("11"), Watching("10", silent=True)),
    (Probing("10"), Probed("9"), Waiting(Listing(Reason.VERSION_REGRESSED), Cause.EXPIRED)),
    (Probing("9"), Failed(ERRORS[Cause.EXPIRED]), _waiting(AGAIN, Cause.EXPIRED)),
    (Probing("9"), Failed(ERRORS[Cause.NOT_FOUND]), _waiting(MISSING, Cause.NOT_FOUND)),
    (Probing("9"), Failed(BUSY_FOR_A_WHILE), Waiting(Probing("9"), Cause.THROTTLED, BUSY_FOR_A_WHILE, 17.0)),
    *(
        (Probing("9"), Failed(ERRORS[cause]), _waiting(Probing("9"), cause))
        for cause in ERRORS
        if cause not in {Cause.EXPIRED, Cause.NOT_FOUND}
    ),
    (Waiting(AT_9, Cause.CLOSED), Rested(), AT_9),
    (Waiting(THIRD_PAGE, Cause.SERVER), Rested(), THIRD_PAGE),
    (Waiting(FIRST, Cause.ABSENT), Failed(ERRORS[Cause.SERVER]), Waiting(FIRST, Cause.ABSENT)),
]


@pytest.mark.parametrize(("state", "event", "expected"), [*LISTS, *WATCHES, *PROBES])
def test_the_table(state: State, event: Event, expected: State) -> None:
    assert step(state, event) == expected


def test_the_table_knows_every_failure_in_every_state_that_can_fail() -> None:
    told = {
        (type(state), cause_of(event.error))
        for state, event, _ in [*LISTS, *WATCHES, *PROBES]
        if isinstance(event, Failed) and not isinstance(state, Waiting)
    }
    assert told == set(product((Listing, Watching, Probing), ERRORS))


def test_pages_of_an_expired_list_grow_to_a_limit() -> None:
    state: State = FIRST
    for _ in range(5):
        state = step(state, Failed(ERRORS[Cause.EXPIRED]))
        assert isinstance(state, Waiting)
        state = step(state, Rested())
    assert state == Listing(Reason.INITIAL, scale=LARGEST_PAGE)


@pytest.mark.parametrize("cause", ERRORS)
def test_every_error_has_its_cause_and_every_cause_its_pace(cause: Cause) -> None:
    assert cause_of(ERRORS[cause]) is cause
    assert set(PACES) == set(Cause) - {Cause.SILENT}


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (TooLarge("40 MiB"), Cause.DECODE),
        (Misconfigured("no token"), Cause.UNAUTHORIZED),
        (STARTING.error("list"), Cause.SERVER),
        (FUTURE, Cause.EXPIRED),
        (answered("watch", 0, b'{"kind":"Status","reason":"Gone"}'), Cause.EXPIRED),
        (answered("watch", 0, b"{}"), Cause.SERVER),
    ],
)
def test_errors_that_are_kinds_of_others_share_their_cause(error: KubeError, cause: Cause) -> None:
    assert cause_of(error) is cause


Versions = st.integers(1, 200).map(str)
Errors = st.sampled_from([*ERRORS.values(), FUTURE, BUSY_FOR_A_WHILE])
Lists = st.builds(Listing, st.sampled_from(Reason), st.sampled_from(["", "token"]))
Watches = st.builds(Watching, Versions, st.integers(0, 1), st.integers(0, 1))
Probes = st.builds(Probing, Versions)


@given(st.one_of(Lists, Watches, Probes), Errors)
@STEADY
def test_after_any_failure_comes_a_wait_at_least_as_long_as_the_server_asked(state: State, error: KubeError) -> None:
    after = step(state, Failed(error))
    assert isinstance(after, Waiting)
    assert after.error is error
    assert after.at_least == (error.retry_after or 0.0)


@given(Watches, Versions, Errors)
@STEADY
def test_a_watch_is_resumed_from_where_it_had_come_or_not_at_all(state: Watching, came: str, error: KubeError) -> None:
    came = came if is_older(state.version, came) else state.version
    after = step(state, Failed(error, came))
    assert isinstance(after, Waiting)
    if not isinstance(after.then, Listing):
        assert after.then.version == came
