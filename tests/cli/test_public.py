"""The public site's server gives what the live folder holds, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from console.cli.public import application

FILES = {
    "index.html": "<h1>Läget nu</h1>",
    "404.html": "<h1>Sidan finns inte</h1>",
    "atom.xml": "<feed/>",
    "cap/atom.xml": "<feed/>",
    "cap/vatten.xml": "<alert/>",
    "feed.json": "{}",
    "stil.css": "body{}",
    "h/vatten/index.html": "<h1>Koka vattnet</h1>",
    "tom/annat.txt": "å",
}


Answer = tuple[int, Mapping[str, str], str]
Ask = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "1", FILES)
    os.symlink("1", tmp_path / "current")
    (tmp_path / "hemlig.txt").write_text("inte för någon")
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Iterator[Ask]:
    """GET one address: status, headers, body. Paths go out exactly as written."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application(folder))
    loop.run_until_complete(runner.setup())
    server = web.TCPSite(runner, "127.0.0.1", 0)
    loop.run_until_complete(server.start())
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def get(path: str, method: str, headers: dict[str, str]) -> Answer:
        async with (
            ClientSession() as client,
            client.request(
                method, URL(base + path, encoded=True), headers=headers, allow_redirects=False
            ) as answer,
        ):
            return answer.status, answer.headers, await answer.text()

    def call(path: str, method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return loop.run_until_complete(get(path, method, named))

    yield call
    loop.run_until_complete(runner.cleanup())
    loop.close()


def write(folder: Path, generation: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / generation / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/h/vatten/", "text/html; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/cap/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/cap/vatten.xml", "application/cap+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/stil.css", "text/css; charset=utf-8"),
    ],
)
def test_a_page_has_its_type_and_the_headers_that_protect(ask: Ask, path: str, kind: str) -> None:
    status, headers, _ = ask(path)
    assert status == 200
    assert headers["Content-Type"] == kind
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["ETag"]
    assert headers["Last-Modified"]


def test_an_unchanged_page_is_not_sent_again(ask: Ask) -> None:
    _, headers, _ = ask("/")
    status, _, body = ask("/", If_None_Match=headers["ETag"])
    assert (status, body) == (304, "")


def test_text_goes_out_compressed_to_those_who_take_it(ask: Ask, folder: Path) -> None:
    """The first view is to fit in 14 kB, and no other server may stand before this one."""
    page = "<p>Koka allt vatten du dricker.</p>" * 500
    write(folder, "1", {"index.html": page})
    status, headers, body = ask("/", Accept_Encoding="gzip, br")
    assert (status, headers["Content-Encoding"], body) == (200, "gzip", page)
    assert headers["Vary"] == "Accept-Encoding" and int(headers["Content-Length"]) < 500
    assert ask("/", Accept_Encoding="gzip", If_None_Match=headers["ETag"])[0] == 304
    head = ask("/", "HEAD", Accept_Encoding="gzip")
    assert head[0] == 200 and head[1]["ETag"] == headers["ETag"]
    for refused in ("identity", "gzip;q=0", "gzip;q=0.0, br"):
        status, headers, body = ask("/", Accept_Encoding=refused)
        assert "Content-Encoding" not in headers and headers["Vary"] == "Accept-Encoding"
        assert int(headers["Content-Length"]) == len(page) and body == page
        assert headers["ETag"] != head[1]["ETag"]
    status, headers, body = ask("/", Accept_Encoding="gzip", Range="bytes=0-9")
    assert (status, body) == (206, page[:10]) and "Content-Encoding" not in headers


def test_a_new_generation_is_served_at_once(ask: Ask, folder: Path) -> None:
    assert "Läget nu" in ask("/")[2]
    write(folder, "2", {"index.html": "<h1>Läget över</h1>"})
    os.symlink("2", folder / "next")
    os.replace(folder / "next", folder / "current")
    assert "Läget över" in ask("/")[2]
    assert ask("/h/vatten/")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/finns-inte",
        "/tom/",
        "/index.html/",
        "/../hemlig.txt",
        "/%2e%2e/hemlig.txt",
        "/..%2fhemlig.txt",
        "/h/..%2f..%2f..%2fhemlig.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/utat/hemlig.txt",
        "/.dold",
        "/a%00b",
        "/" + "a" * 300,
    ],
)
def test_what_is_not_in_the_folder_is_not_found(ask: Ask, folder: Path, path: str) -> None:
    os.symlink("..", folder / "1" / "utat")
    (folder / "1" / ".dold").write_text("inte för någon")
    status, headers, body = ask(path)
    assert status == 404
    assert "Sidan finns inte" in body
    assert "nosniff" in headers["X-Content-Type-Options"]


def test_a_folder_without_its_slash_is_shown_the_way(ask: Ask) -> None:
    status, headers, _ = ask("/h/vatten")
    assert (status, headers["Location"]) == (301, "./vatten/")


def test_a_site_not_written_yet_says_so(ask: Ask, folder: Path) -> None:
    (folder / "current").unlink()
    status, headers, _ = ask("/")
    assert (status, headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_but_reading_is_allowed(ask: Ask, method: str) -> None:
    assert ask("/", method)[0] == 405


def test_other_sites_may_fetch_what_applies_and_keep_it_for_a_moment(
    ask: Ask, folder: Path
) -> None:
    (folder / "1" / "nu.html").write_text('<div data-budkavle="calm" hidden></div>')
    status, headers, _text = ask("/nu.html", Origin="https://www.example.se")
    assert status == 200 and headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["Cache-Control"] == "public, max-age=15, stale-if-error=3600"
    etag = headers["ETag"]
    assert ask("/nu.html", **{"If-None-Match": etag})[0] == 304
    assert ask("/feed.json")[1]["Access-Control-Allow-Origin"] == "*"
    status, headers, _text = ask("/h/vatten/")
    assert "Access-Control-Allow-Origin" not in headers and headers["Cache-Control"] == "no-cache"
