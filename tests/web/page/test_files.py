"""The files of the page: what a browser loads, and what it is told about them."""

import gzip
import re
from pathlib import Path

import pytest

from exporter.web.page import files
from exporter.web.page.files import Files
from exporter.web.page.page import Page
from tests.web.fakes import Reply
from tests.web.page.wall import Wall

FRONT, SCRIPT = b"<!doctype html><title>page</title>" * 20, b"export const one = 1;\n" * 20


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "index.html").write_bytes(FRONT)
    (tmp_path / "app.js").write_bytes(SCRIPT)
    (tmp_path / "icon.svg").write_bytes(b"<svg/>")
    (tmp_path / "vendor" / "plot.LICENSE").write_bytes(b"do as you like")
    (tmp_path / ".draft.html").write_bytes(b"not yet")
    return Wall().page(Files(tmp_path))


async def ask(page: Page, path: str, method: str = "GET", **headers: str) -> Reply:
    async with Wall().serving(page) as client:
        return await client.ask(method, path, b"", **headers)


async def test_the_front_is_at_the_root_and_the_rest_below(page: Page) -> None:
    front = await ask(page, "/")
    assert (front.code, front.body, front.headers["content-type"]) == (200, FRONT, "text/html; charset=utf-8")
    script = await ask(page, "/static/app.js?v=1")
    assert (script.body, script.headers["content-type"]) == (SCRIPT, "text/javascript; charset=utf-8")
    licence = await ask(page, "/static/vendor/plot.LICENSE")
    assert (licence.body, licence.headers["content-type"]) == (b"do as you like", "text/plain; charset=utf-8")


async def test_a_browser_is_told_to_run_nothing_else(page: Page) -> None:
    headers = (await ask(page, "/")).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/.draft.html",
        "/static/vendor",
        "/static/../sources.py",
        "/static/%2e%2e/sources.py",
        "/static//etc/passwd",
        "/static/app.js/",
        "/static/app.js%00",
        "/static/vendor/../app.js",
        "/index.html",
    ],
)
async def test_only_names_of_files_are_found(page: Page, path: str) -> None:
    assert (await ask(page, path)).code == 404


async def test_files_are_sent_compressed_to_those_who_take_it(page: Page) -> None:
    packed = await ask(page, "/static/app.js", Accept_Encoding="gzip, br")
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.body) == SCRIPT
    assert len(packed.body) < len(SCRIPT)
    assert "content-encoding" not in (await ask(page, "/static/icon.svg", Accept_Encoding="gzip")).headers


async def test_what_a_browser_has_is_not_sent_again(page: Page) -> None:
    plain, packed = await ask(page, "/"), await ask(page, "/", Accept_Encoding="gzip")
    assert plain.headers["etag"] != packed.headers["etag"]
    again = await ask(page, "/", If_None_Match=packed.headers["etag"], Accept_Encoding="gzip")
    assert (again.code, again.body, again.headers["etag"]) == (304, b"", packed.headers["etag"])
    assert "content-security-policy" in again.headers
    assert (await ask(page, "/", If_None_Match=packed.headers["etag"])).code == 200


async def test_head_tells_the_length_alone(page: Page) -> None:
    head = await ask(page, "/", "HEAD")
    assert (head.code, head.body, head.headers["content-length"]) == (200, b"", str(len(FRONT)))


async def test_nothing_is_written_here(page: Page) -> None:
    for path in ("/", "/static/app.js", "/api/v1/overview", "/api/v1/live", "/api/v1/workflows/a/b"):
        reply = await ask(page, path, "POST")
        assert (reply.code, reply.headers["allow"]) == (405, "GET, HEAD"), path


async def test_the_package_has_a_page_with_all_that_it_names() -> None:
    paths = Files().paths
    front = paths["/"].plain.decode()
    named = {piece.partition('"')[0] for quote in ('href="', 'src="') for piece in front.split(quote)[1:]}
    linked = {name for name in named if not name.startswith("#")}
    assert not [name for name in linked if "//" in name]
    files = {f"/{name.removeprefix('/')}" for name in linked if "static/" in name}
    assert files
    assert files <= set(paths)


def test_the_page_asks_beforehand_for_every_module_and_for_nothing_else() -> None:
    folder = Path(files.__file__).parent / "static"
    asked = set(re.findall(r'rel="modulepreload" href="static/([^"]+)"', (folder / "index.html").read_text()))
    modules = {str(path.relative_to(folder)) for path in folder.rglob("*.js") if "vendor" not in path.parts}
    scripts = set(re.findall(r'<script .*?src="static/([^"]+)"', (folder / "index.html").read_text()))
    assert asked | scripts - {"vendor/uPlot.iife.min.js"} == modules
