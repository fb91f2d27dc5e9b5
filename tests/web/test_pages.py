"""What every page and component keeps to, whoever fills it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import flask
import jinja2
import pytest
from flask_babel import Babel
from flask_wtf import CSRFProtect

from console.parts import State, Verb
from console.web import design, filters

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "console" / "web" / "static"
TEMPLATES = ROOT / "templates"


def make_app(lang: str = "sv") -> flask.Flask:
    app = flask.Flask(
        "pages",
        template_folder=str(TEMPLATES),
        static_folder=str(STATIC),
        static_url_path="/static",
    )
    app.config.update(SECRET_KEY="test", BABEL_DEFAULT_LOCALE="sv")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "console" / "translations")
    Babel(app, locale_selector=lambda: lang)
    CSRFProtect(app)
    app.jinja_env.undefined = jinja2.StrictUndefined
    filters.install(app.jinja_env, lambda: lang)
    app.register_blueprint(design.bp)
    for endpoint in ("language", "logout", "session_keep", "people.me", "start.today"):
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "", methods=["POST"])
    return app


def frame(mode: str, lang: str = "sv") -> dict[str, object]:
    event = SimpleNamespace(name="Koka vattnet", area="Torsby", stage_text="Stabsläge", url="/")
    return {
        "lang": lang,
        "mode": mode,
        "event": None if mode == "calm" else event,
        "other_events": [],
        "person": SimpleNamespace(name="Lisa Berg", role_text="informationsenheten"),
        "menu": [("Tavla", "/", True), ("Logg", "/logg", False)],
        "switchboard": "0980-319 200",
        "theme": None,
        "idle_minutes": 30,
    }


def parts_page(mode: str, lang: str = "sv") -> str:
    app = make_app(lang)

    @app.context_processor
    def context() -> dict[str, object]:
        return frame(mode, lang)

    answer = app.test_client().get("/design")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("mode", "prefix"), [("calm", "Lugnt läge"), ("crisis", "KRIS"), ("exercise", "ÖVNING")]
)
def test_the_mode_stands_first_in_the_title_and_on_the_page(mode: str, prefix: str) -> None:
    page = parts_page(mode)
    assert f"<title>{prefix} · " in page
    assert f'data-mode="{mode}"' in page


def test_the_plate_of_an_exercise_opens_with_the_word() -> None:
    assert "Övning. Det här gäller" in parts_page("exercise")
    assert "Övning. Det här gäller" not in parts_page("crisis")


def test_nothing_on_a_page_needs_an_unsafe_content_security_policy() -> None:
    page = parts_page("crisis")
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert not re.search(r"<[^>]+\son[a-z]+=", page)
    assert "<style" not in page
    assert all('src="/static/' in tag for tag in re.findall(r"<script[^>]*>", page))


def test_no_template_uses_inline_style_or_code_in_attributes() -> None:
    forbidden = re.compile(r"\sstyle=|hx-on|hx-vals=.js:|\sjs:|hx-trigger=\"[^\"]*\[")
    for path in TEMPLATES.rglob("*.html"):
        assert not forbidden.search(path.read_text()), path


WITHOUT_SESSION = {f"recipients/{name}.html" for name in ("sign_up", "code", "confirm", "leave")}
"""Pages for citizens, who have neither session nor cookie that a forged post could misuse."""


def test_every_posting_form_in_every_template_carries_a_csrf_token() -> None:
    form = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.S)
    for path in TEMPLATES.rglob("*.html"):
        for text in form.findall(path.read_text()):
            bare = str(path.relative_to(TEMPLATES)) in WITHOUT_SESSION
            assert ("csrf" in text) is not bare, (path, text[:80])


def test_every_state_has_a_mark_and_a_word() -> None:
    sprite = (STATIC / "marks.svg").read_text()
    word = '{% from "components/marks.html" import state_word %}{{ state_word(state) }}'
    states = [*get_args(State), "approved", "seen", "calm", "crisis", "exercise"]
    for state in states:
        assert f'<symbol id="{state}"' in sprite
        assert macro(word, state=state).strip(), state


def test_a_fault_is_tied_to_its_field_and_listed_with_a_link_to_it() -> None:
    page = parts_page("crisis")
    assert 'aria-describedby="owner-fault"' in page
    assert 'aria-invalid="true"' in page
    assert '<a href="#owner">Vem äger fakta: Saknas.' in page


def test_buttons_are_never_disabled() -> None:
    for path in TEMPLATES.rglob("*.html"):
        assert not re.search(r"<(button|input)[^>]*\sdisabled", path.read_text()), path


def macro(template: str, **values: object) -> str:
    app = make_app()
    with app.test_request_context():
        return flask.render_template_string(template, **values)


def test_a_call_button_shows_the_number_and_dials_it() -> None:
    verb = Verb("Ring Karin", how="call", phone="070-174 06 21")
    html = macro('{% from "components/buttons.html" import verb %}{{ verb(v) }}', v=verb)
    assert 'href="tel:0701740621"' in html
    assert "070-174 06 21" in html


def test_text_from_people_is_escaped_in_components() -> None:
    html = macro(
        '{% from "components/plate.html" import plate %}{{ plate(items) }}',
        items=[SimpleNamespace(headline="<script>", detail="<b>")],
    )
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_countdown_says_its_time_in_words_before_any_script_runs() -> None:
    html = macro(
        '{% from "components/countdown.html" import countdown %}'
        "{{ countdown('Nytt besked utlovat', due, now, 'senast kl 13.15') }}",
        due=design.ONE + timedelta(minutes=14, seconds=18),
        now=design.ONE,
    )
    assert "<b>14</b> min" in html
