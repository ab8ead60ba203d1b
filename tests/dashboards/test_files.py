"""The JSON that is checked in is what the code writes, and what Grafana needs."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from dashboards import writing
from dashboards.__main__ import main
from dashboards.colours import BY_LABEL
from dashboards.reading import Board, Shown, boards
from tests.dashboards.promql import labels, parsed

ALL = {board.uid: board for board in boards()}
PROVISIONING = writing.FOLDER.parent / "provisioning"


@pytest.fixture(params=ALL)
def board(request: pytest.FixtureRequest) -> Board:
    return ALL[request.param]


def test_what_is_checked_in_is_what_the_code_writes() -> None:
    assert writing.outdated(writing.FOLDER) == []


def test_a_file_that_is_old_missing_or_of_no_dashboard_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["write", "--folder", str(tmp_path)]) == 0
    assert main(["check", "--folder", str(tmp_path)]) == 0
    (tmp_path / "argowf-overview.json").unlink()
    (tmp_path / "mine.json").write_text("{}")
    capsys.readouterr()
    assert main(["check", "--folder", str(tmp_path)]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["argowf-overview.json", "mine.json"]


def test_links_lead_to_the_exporter_that_is_named(tmp_path: Path) -> None:
    main(["write", "--folder", str(tmp_path), "--exporter", "https://workflows.example"])
    for one in boards(tmp_path):
        assert one.variables["exporter"]["query"] == "https://workflows.example"


def test_there_are_four_dashboards_with_addresses_that_stay() -> None:
    assert {*ALL} == {"argowf-overview", "argowf-templates", "argowf-cronworkflows", "argowf-exporter"}


def test_every_dashboard_can_be_found_and_narrowed(board: Board) -> None:
    assert {"informer-exporter", "argo-workflows"} <= {*board.raw["tags"]}
    assert [*board.variables][:4] == ["datasource", "cluster", "job", "instance"]
    choices = [one for one in board.variables.values() if one["type"] == "query"]
    assert all(one["multi"] and one["includeAll"] for one in choices)
    assert board.variables["cluster"]["allValue"] == ".*", "there may be no such label"


def test_panels_fill_the_grid_without_overlap(board: Board) -> None:
    taken = Counter((x + right, y + down) for x, y, w, h in _places(board) for right in range(w) for down in range(h))
    assert max(taken.values()) == 1
    assert max(x for x, _ in taken) == 23


def _places(board: Board) -> list[tuple[int, int, int, int]]:
    return [panel.place for panel in board.panels]


def test_panels_have_numbers_of_their_own(board: Board) -> None:
    numbers = [panel.raw["id"] for panel in board.panels]
    assert numbers == [*range(1, len(numbers) + 1)]


def test_panels_of_one_row_have_titles_of_their_own(board: Board) -> None:
    row = ""
    seen: Counter[tuple[str, str]] = Counter()
    for panel in board.panels:
        row = panel.title if panel.kind == "row" else row
        seen[row, panel.title] += 1
    assert max(seen.values()) == 1


def test_every_heading_is_a_question(board: Board) -> None:
    first, *headings = [panel.title for panel in board.panels if panel.kind == "row"]
    assert first == "At a glance"
    assert all(heading.endswith("?") for heading in headings)


def test_descriptions_are_sentences(board: Board) -> None:
    for panel in board.panels:
        if panel.kind != "row":
            assert panel.description.endswith("."), panel.title
            assert panel.description[0].isupper() or "_" in panel.description.split()[0], panel.title


def test_a_phase_has_one_colour_everywhere(board: Board) -> None:
    for panel in board.panels:
        if any(one.legend == "{{phase}}" for one in panel.asked):
            assert _colours(panel).items() >= BY_LABEL["phase"].items(), panel.title


def _colours(panel: Shown) -> dict[str, str]:
    return {
        one["matcher"]["options"]: entry["value"]["fixedColor"]
        for one in panel.raw["fieldConfig"]["overrides"]
        for entry in one["properties"]
        if entry["id"] == "color"
    }


def test_phases_can_be_told_apart() -> None:
    assert len({*BY_LABEL["phase"].values()}) == len(BY_LABEL["phase"])


def test_every_dashboard_leads_to_the_others_and_to_the_live_page(board: Board) -> None:
    others, page = board.raw["links"]
    assert (others["type"], others["tags"], others["includeVars"], others["keepTime"]) == (
        *("dashboards", ["informer-exporter"]),
        *(True, True),
    )
    assert page["url"] == "${exporter:raw}/"


def test_links_lead_to_dashboards_and_views_that_there_are(board: Board) -> None:
    views = ("front", "namespaces", "waiting", "running", "failures", "cron", "groups", "informers", "search")
    links = [*_links(board)]
    assert links
    for link in links:
        where, _, rest = link.partition("/d/" if link.startswith("/d/") else "/#/")
        if where:
            assert where == "${exporter:raw}"
            assert rest.partition("?")[0] in views, link
        else:
            uid, _, parameters = rest.partition("?")
            chosen = [
                one.partition("=")[0].removeprefix("var-") for one in parameters.split("&") if one.startswith("var-")
            ]
            assert {*chosen} <= {*ALL[uid].variables}, link


def _links(board: Board) -> list[str]:
    return _urls([panel.raw for panel in board.panels])


def _urls(raw: object) -> list[str]:
    found: list[str] = []

    def look(value: object) -> None:
        if isinstance(value, dict):
            url = value.get("url")
            if isinstance(url, str):
                found.append(url)
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(raw)
    return found


def test_links_use_labels_that_the_numbers_have(board: Board) -> None:
    for panel in board.panels:
        wanted = {name for link in _urls(panel.raw) for name in re.findall(r"__field\.labels\.(\w+)", link)}
        for one in panel.asked:
            assert wanted <= labels(parsed(one.expression, board)), panel.title


def test_links_use_cells_that_the_rows_have(board: Board) -> None:
    for panel in board.panels:
        wanted = {name for link in _urls(panel.raw) for name in re.findall(r'__data\.fields\["([^"]+)"', link)}
        titles = [one["options"].get("renameByName", {}) for one in panel.raw.get("transformations", ())]
        assert wanted <= {title for renamed in titles for title in renamed.values()}, panel.title


def test_the_examples_of_provisioning_fit() -> None:
    provider = yaml.safe_load((PROVISIONING / "dashboards.yaml").read_text())
    assert provider["providers"][0]["options"]["path"]
    datasource = yaml.safe_load((PROVISIONING / "datasource.yaml").read_text())["datasources"][0]
    exemplars = {one["name"] for one in datasource["jsonData"]["exemplarTraceIdDestinations"]}
    assert exemplars == {"trace_id", "workflow"}


def test_files_are_stable_and_plain() -> None:
    for name, text in writing.texts().items():
        assert text == writing.texts()[name]
        assert json.loads(text)["uid"] == name.removesuffix(".json")
        assert "TEMPORARY" not in text
