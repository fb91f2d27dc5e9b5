"""The pages' own files are fetched once and again when they have changed, never in between."""

from __future__ import annotations

import re

from flask import Flask

from tests.cast import Cast, client_for


def test_a_page_names_its_files_by_their_content_and_the_browser_keeps_them(
    app: Flask, cast: Cast
) -> None:
    client = client_for(app, cast.lisa)
    page = client.get("/").text
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    assert len(addresses) > 10
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
    assert client.get("/static/../app.py?v=").status_code == 404
