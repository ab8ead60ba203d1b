"""Annotation selectors."""

import pytest

from exporter.kube.annotations import parse_annotation
from exporter.kube.selector import BadSelector


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("owner=ada", ("owner", "ada")),
        ("example.com/owner=", ("example.com/owner", "")),
        ("owner= a, b=c\n!", ("owner", " a, b=c\n!")),
        ("owner==ada", ("owner", "=ada")),
    ],
)
def test_a_selector_is_split_at_the_first_sign_and_its_value_is_verbatim(text: str, meant: tuple[str, str]) -> None:
    assert parse_annotation(text) == meant


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", 'expected key=value, not ""'),
        ("owner", 'expected key=value, not "owner"'),
        ("=ada", '"" cannot be the key of an annotation'),
        ("owner =ada", '"owner " cannot be the key of an annotation'),
        ("owner!=ada", '"owner!" cannot be the key of an annotation'),
        ("a\n=b", '"a\\n" cannot be the key of an annotation'),
    ],
)
def test_what_can_be_no_annotation_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadSelector) as raised:
        parse_annotation(text)
    assert str(raised.value) == problem
    assert raised.value.words == f"annotationSelector: {problem}"
