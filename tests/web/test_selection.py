"""What a question has to look at: what names or the smallest index leave of a store."""

import pytest

from exporter.kube.fields import parse as parse_fields
from exporter.kube.objects import Key
from exporter.kube.selector import parse as parse_labels
from exporter.web.lookup.question import Question
from exporter.web.lookup.selection import Selection
from tests.web.kept import Kept


def candidates(labels: str, fields: str, namespace: str | None = None) -> set[Key] | None:
    """Of five of one team in each of two namespaces; the last ones have failed."""
    kept = Kept()
    for place in ("a", "b"):
        for number in range(5):
            kept.keep(place, f"w{number}", phase="Failed" if number == 4 else "Running", labels={"team": "t"})
    question = Question(parse_labels(labels), parse_fields(fields))
    found = Selection(kept.world.served(), question, namespace).candidates()
    return None if found is None else set(found)


@pytest.mark.parametrize("namespace", [None, "a"])
def test_without_an_index_that_fits_everything_has_to_be_looked_at(namespace: str | None) -> None:
    assert candidates("", "", namespace) is None
    assert candidates("other=x,team!=t", "status.phase!=Failed", namespace) is None


@pytest.mark.parametrize(
    ("labels", "fields"),
    [("team=t", "status.phase=Failed"), ("team in (t,u),other=x", "status.phase=Failed"), ("", "status.phase=Failed")],
)
def test_of_several_indexes_the_smallest_part_is_looked_at(labels: str, fields: str) -> None:
    assert candidates(labels, fields) == {"a/w4", "b/w4"}


def test_with_a_name_only_what_may_have_it_is_looked_at() -> None:
    assert candidates("team=t", "metadata.name=w1,status.phase=Running", "a") == {"a/w1"}
    assert candidates("", "metadata.name=w1") == {"a/w1", "b/w1", "w1"}
    assert candidates("", "metadata.name=w1,metadata.namespace=b") == {"b/w1"}
    assert candidates("", "metadata.name!=w1") is None
