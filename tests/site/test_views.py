"""An exercise's site and wall in the console: behind login, and for exercises only."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urldefrag

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from console import db
from console.config import Settings
from console.messages.models import Delivery, Round
from console.people.models import Person
from console.site.wall import LATEST
from tests.cast import client_for
from tests.stage import Stage
from workers.fanout import Fanout
from workers.site import SiteProcess

SITE = "/ovning/ovning-koka-vattnet/"
WALL = f"{SITE}vagg"


@pytest.fixture
def stage(database: Settings) -> Stage:
    return set_up(Stage(database))


def set_up(stage: Stage) -> Stage:
    """Somebody has chosen a password: the console answers."""
    with db.unit_of_work() as session:
        session.get_one(Person, stage.lisa.id).password_hash = "never used here"
    return stage


@pytest.fixture
def browser(app: Flask, stage: Stage) -> FlaskClient:
    return client_for(app, stage.lisa)


def send(stage: Stage, kind: str = "first", **fields: object) -> None:
    """Release a message, put it on the site, and post it on the wall."""
    stage.release(kind, **fields)
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        newest = session.scalars(select(Round.id).order_by(Round.id.desc())).first()
    assert newest is not None
    asyncio.run(Fanout(newest, 0, 1, "test", ()).run())


@pytest.mark.parametrize(
    "address",
    [
        *(SITE, f"{SITE}atom.xml", WALL, f"{WALL}/live"),
        f"{SITE}cap/ovning-koka-vattnet.xml",
    ],
)
def test_nothing_of_an_exercise_is_shown_without_logging_in(
    app: Flask, stage: Stage, address: str
) -> None:
    send(stage)
    answer = client_for(app, None).get(address)
    assert answer.status_code == 303
    assert "Koka" not in answer.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("h/ovning-koka-vattnet/", "text/html; charset=utf-8"),
        ("site.css", "text/css; charset=utf-8"),
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("cap/ovning-koka-vattnet.xml", "application/cap+xml; charset=utf-8"),
    ],
)
def test_the_site_is_served_as_written_and_kept_from_search_engines(
    stage: Stage, browser: FlaskClient, path: str, kind: str
) -> None:
    send(stage)
    answer = browser.get(SITE + path)
    assert (answer.status_code, answer.content_type) == (200, kind)
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_shows_what_has_just_gone_out(stage: Stage, browser: FlaskClient) -> None:
    send(stage)
    assert "Koka ditt kranvatten" in browser.get(f"{SITE}h/ovning-koka-vattnet/").text
    send(stage, "update")
    assert "vattentankar" in browser.get(f"{SITE}h/ovning-koka-vattnet/").text


@pytest.mark.parametrize(
    "path", ["finns-inte", "../../../keys/web", "%2e%2e/%2e%2e/keys", "h/..%2f..%2f..", ".dold"]
)
def test_what_is_not_in_the_folder_is_not_found(
    stage: Stage, browser: FlaskClient, path: str
) -> None:
    send(stage)
    answer = browser.get(SITE + path)
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.text


def test_a_folder_without_its_slash_is_shown_the_way(stage: Stage, browser: FlaskClient) -> None:
    send(stage)
    answer = browser.get(f"{SITE}h/ovning-koka-vattnet")
    assert (answer.status_code, answer.location) == (301, f"{SITE}h/ovning-koka-vattnet/")


def test_a_site_not_written_yet_says_so(browser: FlaskClient) -> None:
    answer = browser.get(SITE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("path", ["", "vagg", "vagg/live", "h/koka-vattnet/"])
def test_a_live_event_has_neither_site_nor_wall_in_the_console(
    app: Flask, database: Settings, path: str
) -> None:
    live = set_up(Stage(database, exercise=False))
    SiteProcess(database).pull()
    answer = client_for(app, live.lisa).get(f"/ovning/{live.incident.slug}/{path}")
    assert answer.status_code == 404


def test_the_wall_shows_each_accounts_posts_newest_first(
    stage: Stage, browser: FlaskClient
) -> None:
    assert browser.get(WALL).text.count("Inget inlägg än.") == 2
    send(stage)
    send(stage, "update")
    page = browser.get(WALL).text
    assert "ÖVNING" in page
    for name in ("Konto 1", "Konto 2"):
        zone = page.split(f">{name}</h2>")[1].split("</section>")[0]
        assert zone.index("uppdatering 2.") < zone.index("uppdatering 1.")
    assert ">Konto 0</h2>" not in page  # the website has a site of its own


def test_the_walls_live_part_shows_the_next_post_without_a_reload(
    stage: Stage, browser: FlaskClient
) -> None:
    page = browser.get(WALL).text
    found = re.search(r'data-topic="([^"]+)" hx-get="([^"]+vagg[^"]*)"', page)
    assert found is not None
    assert found[1] == f"incident:{stage.incident.id}"
    assert "wall-post" not in browser.get(found[2]).text
    send(stage)
    part = browser.get(found[2]).text
    assert part.count('class="wall-post"') == 2
    assert "<html" not in part


def test_a_receipts_link_leads_to_its_post_on_the_wall(stage: Stage, browser: FlaskClient) -> None:
    send(stage)
    with db.unit_of_work() as session:
        links = session.scalars(select(Delivery.remote_link).where(~Delivery.leading)).all()
    assert len(links) == 2
    for link in links:
        address, anchor = urldefrag(link or "")
        assert f'<li class="wall-post" id="{anchor}"' in browser.get(address).text


def test_a_post_that_has_not_gone_out_is_not_on_the_wall(
    stage: Stage, browser: FlaskClient
) -> None:
    stage.release("first")
    stage.tick()
    assert "Koka ditt kranvatten" not in browser.get(WALL).text


def test_a_long_wall_shows_the_newest_and_an_accounts_own_page_shows_all(
    stage: Stage, browser: FlaskClient
) -> None:
    for _ in range(LATEST + 1):
        send(stage, "rumour")
    page = browser.get(WALL).text
    assert page.count('class="wall-post"') == 2 * LATEST
    account = stage.account_ids[1]
    assert f'href="{WALL}/{account}"' in page
    own = browser.get(f"{WALL}/{account}").text
    assert own.count('class="wall-post"') == LATEST + 1
    assert "Konto 2" not in own
