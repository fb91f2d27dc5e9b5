"""The register's pages, in an app of their own: who may see them is the guard's to test."""

from __future__ import annotations

import re

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import clock, db, sealing
from console.accounts import (
    apps_views,
    connecting_views,
    custody_views,
    import_views,
    plan_views,
    platform_views,
    queries,
    readiness_views,
    views,
)
from console.archive import views as archive_views
from console.monitoring import check_views
from console.people.models import Person
from console.recipients import views as recipients_views
from console.review import yearly_views
from console.site import start_page_views
from console.upkeep import consent_views, security_views
from console.upkeep import views as upkeep_views
from console.web import guideline_parts
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries
from tests.web.test_pages import frame, make_app


@pytest.fixture
def app(cast: Cast) -> flask.Flask:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    app.register_blueprint(views.bp)
    app.register_blueprint(import_views.bp)
    app.register_blueprint(plan_views.bp)
    app.register_blueprint(custody_views.bp)
    app.register_blueprint(platform_views.bp)
    app.register_blueprint(readiness_views.bp)
    for part in (connecting_views, apps_views, start_page_views, recipients_views, check_views):
        app.register_blueprint(part.bp)
    for part in (upkeep_views, consent_views, security_views, archive_views, yearly_views):
        app.register_blueprint(part.bp)
    guideline_parts.install(app.jinja_env)

    @app.context_processor
    def context() -> dict[str, object]:
        return {**frame("calm"), "now_local": clock.now()}

    return app


def as_person(app: flask.Flask, person: Person) -> FlaskClient:
    app.before_request_funcs = {None: [lambda: setattr(flask.g, "person", person)]}
    return app.test_client()


@pytest.fixture
def maria(app: flask.Flask, cast: Cast) -> FlaskClient:
    return as_person(app, cast.maria)


def text(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/accounts/\d+">([^<]+)</a>', page)


def settings(cast: Cast, **changed: object) -> dict[str, object]:
    """The webhook's settings as the form posts them."""
    return {
        "kind": "webhook",
        "languages": ["sv"],
        "repeat_rule": "every",
        "administrators-0": str(cast.olle.id),
        "administrators-1": "",
        "set_url": "https://larm.example/in",
        "secret_secret": "",
        **changed,
    }


def test_the_list_shows_every_account_in_order_and_what_deviates(maria: FlaskClient) -> None:
    page = text(maria.get("/accounts"))
    assert listed(page) == ["Torsby kommun", "Larm", "Torsbybadet"]
    assert "Beslut behövs." in page
    assert "Officiell kanal" in page and "Internt" in page


def test_the_list_is_narrowed_by_its_address(maria: FlaskClient) -> None:
    assert listed(text(maria.get("/accounts?words=torsby&state=paused"))) == ["Torsbybadet"]
    page = text(maria.get("/accounts?platform=nonsense"))
    assert listed(page) == [] and "Inget konto passar in." in page


def test_an_account_shows_its_settings_and_people_but_never_its_secret(
    maria: FlaskClient, cast: Cast
) -> None:
    page = text(maria.get(f"/accounts/{cast.webhook}"))
    assert "https://larm.example/in" in page and "olle@torsby.example" in page
    assert "Sparat, visas aldrig" in page
    assert "hemligt-hemligt" not in page
    assert "hemligt-hemligt" not in text(maria.get(f"/accounts/{cast.webhook}/settings"))


def test_whoever_may_not_edit_sees_no_verbs(app: flask.Flask, cast: Cast) -> None:
    client = as_person(app, cast.lisa)
    page = text(client.get(f"/accounts/{cast.facebook}"))
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main and "/settings" not in main


def test_settings_are_changed_and_an_empty_secret_keeps_the_old(
    maria: FlaskClient, cast: Cast
) -> None:
    url = f"/accounts/{cast.webhook}/settings"
    new = settings(cast, set_url="https://ny.example/in", set_honours_key="y", public="y")
    assert maria.post(url, data=new).location == f"/accounts/{cast.webhook}"
    with db.unit_of_work() as session:
        account = queries.account(session, cast.webhook)
        assert account.settings == {"url": "https://ny.example/in", "honours_key": True}
        assert account.public
        assert sealing.unseal(account.secret) == {"secret": "hemligt-hemligt-hemligt"}


def test_a_new_secret_is_written_and_not_shown(maria: FlaskClient, cast: Cast) -> None:
    url = f"/accounts/{cast.webhook}/settings"
    maria.post(url, data=settings(cast, secret_secret="nyckel-nyckel-nyckel"))
    with db.unit_of_work() as session:
        account = queries.account(session, cast.webhook)
        assert sealing.unseal(account.secret) == {"secret": "nyckel-nyckel-nyckel"}
    answer = maria.post(url, data=settings(cast, secret_secret="kort-hemligt"))
    assert answer.status_code == 422
    assert "minst 16 tecken" in text(answer) and "kort-hemligt" not in text(answer)


def test_a_number_left_empty_is_the_usual_one(maria: FlaskClient, cast: Cast) -> None:
    mail = {"set_host": "mail.torsby.example", "set_from": "kris@torsby.example", "set_port": ""}
    url = f"/accounts/{cast.webhook}/settings"
    answer = maria.post(url, data=settings(cast, kind="email", secret_password="x" * 16, **mail))
    assert answer.status_code == 302, text(answer)
    with db.unit_of_work() as session:
        kept = queries.account(session, cast.webhook).settings
    assert kept["host"] == "mail.torsby.example" and "port" not in kept


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"set_url": "larm.example"}, "https:// först"),
        ({"languages": []}, "minst ett språk"),
        ({"administrators-1": "{olle}"}, "två gånger"),
        ({"administrators-1": "987654"}, "Personen finns inte"),
        ({"official": "y"}, "Bara webbplatsen"),
        ({"kind": "pretend"}, "Välj något av"),
        ({"kind": "email", "set_port": "abc"}, "Skriv ett heltal"),
        ({"kind": ""}, "Välj något av"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_changes(
    maria: FlaskClient, cast: Cast, changed: dict[str, object], fault: str
) -> None:
    filled = {
        k: v.format(olle=cast.olle.id) if isinstance(v, str) else v for k, v in changed.items()
    }
    answer = maria.post(f"/accounts/{cast.webhook}/settings", data=settings(cast, **filled))
    assert answer.status_code == 422
    assert fault in text(answer)
    assert entries("account:changed") == []


def test_another_kind_asks_for_its_own_settings_and_forgets_the_old_ones_secret(
    maria: FlaskClient, cast: Cast
) -> None:
    url = f"/accounts/{cast.webhook}/settings"
    asked = text(maria.post(url, data=settings(cast, kind="email")))
    assert 'name="set_host"' in asked and 'name="set_recipients"' in asked
    mail = {
        "set_host": "post.example",
        "set_from": "kris@torsby.example",
        "set_recipients": "a@torsby.example\n b@torsby.example ",
    }
    maria.post(url, data=settings(cast, kind="email", **mail))
    with db.unit_of_work() as session:
        account = queries.account(session, cast.webhook)
        assert account.kind == "email"
        assert account.settings["recipients"] == ["a@torsby.example", "b@torsby.example"]
        assert account.secret is None


def test_a_kind_without_settings_of_its_own_keeps_what_is_stored(
    maria: FlaskClient, cast: Cast
) -> None:
    with db.unit_of_work() as session:
        account = queries.account(session, cast.facebook)
        account.kind, account.settings = "by_hand", {"page": "77"}
    maria.post(
        f"/accounts/{cast.facebook}/settings", data=settings(cast, kind="by_hand", public="y")
    )
    with db.unit_of_work() as session:
        account = queries.account(session, cast.facebook)
        assert account.settings == {"page": "77"}
        assert [row.person.name for row in account.administrators] == ["olle"]


def test_a_deviation_is_noted_and_mended_from_the_page(maria: FlaskClient, cast: Cast) -> None:
    page = f"/accounts/{cast.website}"
    assert maria.post(f"{page}/deviations", data={"content": " "}).status_code == 422
    maria.post(f"{page}/deviations", data={"content": "Rapport saknas"})
    shown = text(maria.get(page))
    assert "Rapport saknas" in shown
    mend = re.findall(r'action="(/accounts/deviations/\d+/mend)"', shown)
    assert len(mend) == 1
    assert maria.post(mend[0]).location == page
    assert "Rapport saknas" not in text(maria.get(page))


def test_an_account_rests_and_comes_back_with_a_reason(maria: FlaskClient, cast: Cast) -> None:
    url = f"/accounts/{cast.facebook}/state"
    back = {"old": "paused", "new": "active", "reason": "Beslut 12 juni."}
    assert maria.post(url, data={**back, "reason": ""}).status_code == 422
    assert maria.post(url, data=back).status_code == 302
    assert maria.post(url, data=back).status_code == 409
    (entry,) = entries("account:resumed")
    assert entry["facts"]["reason"] == "Beslut 12 juni."


@pytest.mark.parametrize(
    ("old", "new"), [("custody", "active"), ("active", "ended"), ("x", "y"), ("", "")]
)
def test_the_page_moves_an_account_only_between_use_and_rest(
    maria: FlaskClient, cast: Cast, old: str, new: str
) -> None:
    answer = maria.post(
        f"/accounts/{cast.facebook}/state", data={"old": old, "new": new, "reason": "r"}
    )
    assert answer.status_code == 400


def test_nothing_is_changed_by_a_get(maria: FlaskClient, cast: Cast) -> None:
    for url in (f"/accounts/{cast.facebook}/state", f"/accounts/{cast.facebook}/deviations"):
        assert maria.get(url).status_code == 405
