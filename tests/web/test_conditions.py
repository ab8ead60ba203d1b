"""What a client makes a condition of its request."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.web.conditions import names_version


@given(st.text())
def test_any_condition_can_be_read(header: str) -> None:
    assert names_version(header, '"1"') in {True, False}


@given(st.lists(st.text("0123456789", min_size=1), max_size=5), st.text("0123456789", min_size=1))
def test_a_list_of_tags_names_each_of_them(tags: list[str], version: str) -> None:
    header = ", ".join(f'W/"{tag}"' if len(tag) % 2 else f'"{tag}"' for tag in tags)
    assert names_version(header, f'"{version}"') == (version in tags)
