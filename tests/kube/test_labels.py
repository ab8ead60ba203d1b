"""What can be the key of a label, and how the API server says that something cannot."""

import pytest

from exporter.kube.labels import is_label_key, is_label_value, key_problems, value_problems


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("a", True),
        ("A.b_c-9", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("b" * 253 + "/a", True),
        ("b" * 254 + "/a", False),
        ("example.com/a", True),
        ("Example.com/a", False),
        ("example..com/a", False),
        ("/a", False),
        ("a/", False),
        ("a/b/c", False),
        ("", False),
        ("_a", False),
        ("a.", False),
        ("ä", False),
        ("a\n", False),
    ],
)
def test_a_key_is_a_name_perhaps_below_a_domain(text: str, usable: bool) -> None:
    assert is_label_key(text) is usable


@pytest.mark.parametrize(("text", "usable"), [("", True), ("a.B_9", True), ("a" * 64, False), ("a/b", False)])
def test_a_value_is_empty_or_like_a_name(text: str, usable: bool) -> None:
    assert is_label_value(text) is usable


@pytest.mark.parametrize(
    ("text", "beginnings"),
    [
        ("", ["name part must be non-empty", "name part must consist of alphanumeric"]),
        ("/", ["prefix part must be non-empty", "name part must be non-empty", "name part must consist of"]),
        ("a/b/c", ["a valid label key must consist of alphanumeric characters"]),
        ("a" * 64, ["name part must be no more than 63 bytes"]),
        ("é" * 32, ["name part must be no more than 63 bytes", "name part must consist of alphanumeric"]),
        (
            "B" * 254 + "/a",
            ["prefix part must be no more than 253 bytes", "prefix part a lowercase RFC 1123 subdomain"],
        ),
    ],
)
def test_everything_that_is_wrong_with_a_key_is_told(text: str, beginnings: list[str]) -> None:
    problems = key_problems(text)
    assert len(problems) == len(beginnings)
    assert all(problem.startswith(words) for problem, words in zip(problems, beginnings, strict=True))


def test_the_length_of_a_value_is_counted_in_bytes() -> None:
    assert value_problems("é" * 32)[0] == "must be no more than 63 bytes"
    assert len(value_problems("é" * 31)) == 1
