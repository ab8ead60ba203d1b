"""The reviews as they are written and read."""

import msgspec
import pytest

from exporter.kube.errors import Malformed
from exporter.reviews.documents import ask_right, ask_token, read_right, read_token
from exporter.web.access import Act, Caller

ANNA = Caller("anna", "7", ("devs", "system:authenticated"), (("scopes", ("a", "b")),))


def told(**status: object) -> bytes:
    return msgspec.json.encode({"kind": "TokenReview", "spec": {"token": "secret"}, "status": status})


USER = {"username": "anna", "uid": "7", "groups": ["devs", "system:authenticated"], "extra": {"scopes": ["a", "b"]}}


def test_a_token_is_asked_about() -> None:
    assert msgspec.json.decode(ask_token("t")) == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": "t"},
    }
    assert msgspec.json.decode(ask_token("t", ["here"]))["spec"] == {"token": "t", "audiences": ["here"]}


def test_a_known_caller_is_read_whole() -> None:
    assert read_token(told(authenticated=True, user=USER)) == ANNA
    assert read_token(told(authenticated=True, user={"username": "x"})) == Caller("x")


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"authenticated": False, "user": USER},
        {"user": USER},
        {"authenticated": True},
        {"authenticated": True, "user": {"username": ""}},
        {"authenticated": True, "user": {}},
        {"authenticated": False, "error": "expired"},
    ],
)
def test_whoever_is_not_said_to_be_known_is_nobody(status: dict[str, object]) -> None:
    assert read_token(told(**status)) is None


def test_a_token_must_be_meant_for_us_where_we_say_so() -> None:
    known = {"authenticated": True, "user": USER}
    assert read_token(told(**known, audiences=["there", "here"]), ["here"]) == ANNA
    assert read_token(told(**known, audiences=["there"]), ["here"]) is None
    assert read_token(told(**known), ["here"]) is None  # a server that knows nothing of audiences


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"status":7}', b'{"status":{"authenticated":"yes"}}', b"\xff"])
def test_what_is_no_answer_is_malformed_and_repeats_nothing(body: bytes) -> None:
    for read in (read_token, read_right):
        with pytest.raises(Malformed) as caught:
            read(body)
        assert str(caught.value) == "the answer to a review cannot be read"
        assert caught.value.__context__ is None


def test_a_right_is_asked_for_with_all_that_is_known_of_the_caller() -> None:
    act = Act("get", group="argoproj.io", resource="workflows", namespace="team", name="one")
    assert msgspec.json.decode(ask_right(ANNA, act)) == {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": "anna",
            "uid": "7",
            "groups": ["devs", "system:authenticated"],
            "extra": {"scopes": ["a", "b"]},
            "resourceAttributes": {
                "verb": "get",
                "group": "argoproj.io",
                "resource": "workflows",
                "namespace": "team",
                "name": "one",
            },
        },
    }


def test_a_path_that_is_no_resource_is_asked_for_as_such() -> None:
    spec = msgspec.json.decode(ask_right(Caller("x"), Act("get", "/metrics")))["spec"]
    assert spec["nonResourceAttributes"] == {"verb": "get", "path": "/metrics"}
    assert "resourceAttributes" not in spec


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ({"allowed": True}, True),
        ({"allowed": False}, False),
        ({"allowed": True, "denied": False, "reason": "x"}, True),
        ({"allowed": True, "denied": True}, False),
        ({"allowed": False, "denied": True}, False),
    ],
)
def test_only_what_is_allowed_and_not_denied_may_be_done(status: dict[str, object], allowed: bool) -> None:
    assert read_right(told(**status)) is allowed


def test_an_answer_that_does_not_say_is_no_permission() -> None:
    with pytest.raises(Malformed):
        read_right(told())
