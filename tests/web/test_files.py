"""The pages' own files are fetched once and again when they have changed, never in between."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from flask import Flask

from console.web import files
from tests.cast import Cast, client_for


def test_a_page_names_its_files_by_their_content_and_the_browser_keeps_them(
    app: Flask, cast: Cast
) -> None:
    client = client_for(app, cast.lisa)
    page = client.get("/").text
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    assert len(addresses) > 8
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        kept = answer.headers["Cache-Control"]
        assert ("max-age=604800" if address.endswith(".woff2") else "immutable") in kept, address


def test_a_page_from_before_an_upgrade_gets_the_new_file_and_does_not_keep_it(
    app: Flask, cast: Cast
) -> None:
    client = client_for(app, cast.lisa)
    for address in ("/static/css/base.css?v=0123456789ab", "/static/css/base.css"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "max-age" not in answer.headers["Cache-Control"]
        assert "no-cache" in answer.headers["Cache-Control"]


def test_a_file_that_is_not_there_is_not_kept(app: Flask, cast: Cast) -> None:
    client = client_for(app, cast.lisa)
    assert "immutable" not in client.get("/static/nothing.css?v=").headers.get("Cache-Control", "")
    for name in ("../app.py", "css", "css/..%2f..%2ffiles.js", "a%00b.css", "css/%2e%2e/x.css"):
        assert client.get(f"/static/{name}?v=").status_code == 404, name


def test_a_page_needs_no_more_than_two_style_sheets_before_it_is_seen(
    app: Flask, cast: Cast
) -> None:
    """A journey there and back each, on a phone in the forest, for whoever is to approve."""
    page = client_for(app, cast.lisa).get("/").text
    needed = re.findall(r'<link rel="stylesheet" href="/static/css/(\w+)', page)
    assert needed == ["console", "start", "last"]


def test_a_joined_style_sheet_holds_its_parts_in_order_and_changes_its_mark_with_any(
    tmp_path: Path,
) -> None:
    (tmp_path / "css").mkdir()
    for part in files.JOINED["css/last.css"]:
        (tmp_path / "css" / f"{part}.css").write_text(f".{part} {{}}")
    app = Flask("own", static_folder=str(tmp_path), static_url_path="/static")
    files.install(app)
    with app.test_client() as client:
        assert client.get("/static/css/last.css").text == ".forced {}\n.print {}"
    before = files._mark(tmp_path, "css/last.css")
    (tmp_path / "css" / "print.css").write_text(".print { color: black }")
    assert files._mark(tmp_path, "css/last.css") not in (before, "")


def test_text_is_packed_for_those_who_can_unpack_it_and_asked_for_once(
    app: Flask, cast: Cast
) -> None:
    client = client_for(app, cast.lisa)
    for name in ("css/console.css", "vendor/htmx.min.js", "marks.svg"):
        plain = client.get(f"/static/{name}")
        packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "br, gzip"})
        assert gzip.decompress(packed.data) == plain.data, name
        assert len(packed.data) < len(plain.data) / 2, name
        assert packed.mimetype == plain.mimetype
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert packed.headers["ETag"] != plain.headers["ETag"]
        again = client.get(
            f"/static/{name}",
            headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]},
        )
        assert (again.status_code, again.data) == (304, b"")
    for refusing in ("identity", "gzip;q=0"):
        answer = client.get("/static/marks.svg", headers={"Accept-Encoding": refusing})
        assert "Content-Encoding" not in answer.headers


def test_no_page_is_packed_since_it_holds_secrets(app: Flask, cast: Cast) -> None:
    answer = client_for(app, cast.lisa).get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
