"""Names and passwords."""

import asyncio
import threading

import bcrypt
import pytest

from exporter.webconfig import Users, users
from exporter.webconfig.users import Busy


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
async def known() -> Users:
    return Users({"anna": hashed("right"), "bert": hashed("other")})


async def test_a_user_is_known_by_the_right_password_alone(known: Users) -> None:
    assert await known.knows("anna", "right")
    assert await known.knows("anna", "right")
    for user, password in (
        ("anna", "wrong"),
        ("anna", "other"),
        ("bert", "right"),
        ("carl", "right"),
        ("anna", ""),
        ("", ""),
        ("anna", "right\0"),
        ("anna", "right" + "x" * 80),
        ("ann", "aright"),
    ):
        assert not await known.knows(user, password), (user, password)


async def test_a_right_password_is_worked_on_once_and_a_wrong_one_each_time(
    known: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []

    def fits(password: str, _hashed: bytes) -> bool:
        worked.append(password)
        return password == "right"

    monkeypatch.setattr(users, "_fits", fits)
    for _ in range(3):
        assert await known.knows("anna", "right")
        assert not await known.knows("anna", "wrong")
        assert not await known.knows("carl", "right")  # what nobody has is worked on as well, and never known
    assert worked == ["right", "wrong", "right", "wrong", "right", "wrong", "right"]


async def test_a_crowd_with_passwords_takes_two_threads_and_no_more(
    known: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, inside, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    def fits(_password: str, _hashed: bytes) -> bool:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        gate.wait(30)
        with lock:
            inside[0] -= 1
        return False

    monkeypatch.setattr(users, "_fits", fits)
    trying = [asyncio.create_task(known.knows("anna", str(one))) for one in range(users.WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await known.knows("anna", "one more")
    gate.set()
    assert set(await asyncio.gather(*trying)) == {False}
    assert most[0] <= users.AT_ONCE


async def test_without_users_there_is_nobody() -> None:
    assert not Users({})
    assert not await Users({}).knows("anna", "")
