"""What the documentation says of the page's paths is what there is."""

import re
from pathlib import Path

from exporter.web.page.page import API
from tests.web.page.wall import Wall

TEXT = (Path(__file__).parents[3] / "docs" / "page.md").read_text()
ONE = f"{API}workflows/{{namespace}}/{{name}}"


def test_every_path_is_documented_and_nothing_else() -> None:
    page = Wall().page()
    told = set(re.findall(r"^\| `([^`?]+)", TEXT, re.MULTILINE))
    assert told - {ONE} == {path for path in page.routes if path.startswith(API)}
    assert ONE in told
    assert page.find(ONE.format(namespace="ns", name="wf")) is not None
