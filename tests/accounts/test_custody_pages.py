"""The pages about an account's login, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role
from tests.accounts import keeping
from tests.accounts.conftest import Cast
from tests.accounts.keeping import LOGIN, NEW

ClientFor = Callable[[Person | None], FlaskClient]
SECRETS = (LOGIN.login, LOGIN.password, *LOGIN.codes.split(), NEW.password)


@pytest.fixture(autouse=True)
def set_up(cast: Cast) -> None:
    """The installation has had its first administrator."""
    with db.unit_of_work() as session:
        siv = add_person(
            session,
            None,
            clock.now(),
            name="Siv",
            email="siv@torsby.example",
            roles=[Role.SYSTEM_ADMINISTRATOR],
        )
        siv.password_hash = "unused"


@pytest.fixture
def base(cast: Cast) -> str:
    return f"/accounts/{cast.webhook}/custody"


def posted(content: object = LOGIN, **more: str) -> dict[str, str]:
    return {
        "secret_login": content.login,  # type: ignore[attr-defined]
        "secret_password": content.password,  # type: ignore[attr-defined]
        "secret_codes": content.codes,  # type: ignore[attr-defined]
        **more,
    }


def test_two_people_open_an_envelope_and_one_page_shows_it_once(
    cast: Cast, base: str, client_for: ClientFor, capfd: pytest.CaptureFixture[str]
) -> None:
    """3-b, 3-d: the content stands in the answer to one POST, which nothing stores or logs."""
    olle, maria, per = client_for(cast.olle), client_for(cast.maria), client_for(cast.per)
    assert olle.post(f"{base}/digital", data=posted()).location == base
    seen = [olle.get(base), maria.get(base), maria.get(f"/accounts/{cast.webhook}")]
    answer = maria.post(f"{base}/uses", data={"kind": "opening", "reason": "Olle är sjuk."})
    use = answer.location
    assert "Be en kollega bevittna" in maria.get(use).text
    early = maria.post(f"{use}/content", follow_redirects=True)
    assert "Ingen har bevittnat öppningen än." in early.text
    assert maria.post(f"{use}/witness").status_code == 403
    assert "Bevittna öppningen" in per.get("/").text
    assert "maria behöver ett vittne" in per.get(use).text
    assert per.post(f"{use}/witness").location == use
    assert per.post(f"{use}/content").status_code == 403
    assert maria.get(f"{use}/content").status_code == 405
    shown = maria.post(f"{use}/content")
    assert all(secret in shown.text for secret in SECRETS[:-1])
    assert shown.headers["Cache-Control"] == "no-store"
    seen += [early, maria.post(f"{use}/content", follow_redirects=True), maria.get(use)]
    seen += [olle.get("/"), per.get(use), maria.get(base), olle.get(f"{base}/seal")]
    assert "Innehållet har redan visats." in seen[-6].text
    out, err = capfd.readouterr()
    for secret in SECRETS:
        assert all(secret not in page.text for page in seen)
        assert secret not in out + err
    assert "Kuvertet är öppnat: Larm" in olle.get("/").text
    assert "Lösenordet ska bytas" in olle.get("/").text


def test_a_password_that_was_not_changed_is_refused_and_never_shown_back(
    cast: Cast, base: str, client_for: ClientFor
) -> None:
    keeping.seal(cast.olle, cast.webhook)
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook))
    olle = client_for(cast.olle)
    answer = olle.post(f"{base}/digital", data=posted(changed="y"))
    assert answer.status_code == 422
    assert "Lösenordet är detsamma som någon annan har sett." in answer.text
    assert LOGIN.password not in answer.text and LOGIN.codes not in answer.text
    answer = olle.post(f"{base}/digital", data=posted(NEW))
    assert answer.status_code == 422 and "Byt lösenordet hos plattformen först" in answer.text
    assert olle.post(f"{base}/digital", data=posted(NEW, changed="y")).status_code == 302
    assert keeping.settled(cast.webhook)
    assert "Lösenordet ska bytas" not in olle.get("/").text


def test_paper_without_its_particulars_is_refused_by_name(
    cast: Cast, base: str, client_for: ClientFor
) -> None:
    maria = client_for(cast.maria)
    answer = maria.post(f"{base}/paper", data={"sealed_on": "i går"})
    assert answer.status_code == 422
    assert "Skriv vilken dag kuvertet förseglades." in answer.text
    answer = maria.post(f"{base}/paper", data={"sealed_on": "2026-01-02"})
    for said in ("Skriv numret", "Skriv var kuvertet ligger", "Skriv vem som lämnade in"):
        assert said in answer.text
    data = {"sealed_on": "2026-01-02", "number": "K-17", "place": "Skåpet", "handed_in_by": "Olle"}
    assert maria.post(f"{base}/paper", data=data).status_code == 302
    assert "Skåpet" in maria.get(base).text
    assert "Skåpet" not in client_for(cast.olle).get(base).text


def test_a_loan_is_recorded_and_its_task_stands_on_the_start_page(
    cast: Cast, base: str, client_for: ClientFor
) -> None:
    """5-b."""
    olle = client_for(cast.olle)
    answer = olle.post(f"{base}/loans", data={"borrower": "", "why_lent": "Mässan."})
    assert answer.status_code == 422 and "Välj vem som har lånat" in answer.text
    data = {"borrower": str(cast.lisa.id), "why_lent": "Mässan i Sunne."}
    assert olle.post(f"{base}/loans", data=data).status_code == 302
    assert "Lösenordet ska bytas" in olle.get("/").text
    assert "utlånad till lisa" in olle.get(base).text
    assert client_for(cast.lisa).post(f"{base}/loans", data=data).status_code == 403


def test_a_notice_about_an_account_is_read_by_its_reader_alone(
    cast: Cast, client_for: ClientFor
) -> None:
    keeping.seal(cast.olle, cast.webhook)
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook))
    olle = client_for(cast.olle)
    page = olle.get("/").text
    url = page.split("/account-notices/")[1].split('"')[0]
    assert "Varför? Olle är sjuk." in olle.get(f"/account-notices/{url}").text
    assert client_for(cast.lisa).get(f"/account-notices/{url}").status_code == 404
    assert client_for(cast.lisa).post(f"/account-notices/{url}/read").status_code == 404
    olle.post(f"/account-notices/{url}/read")
    assert "/account-notices/" not in olle.get("/").text


def test_the_pages_of_a_platform_without_envelope_ask_for_verified_administrators(
    cast: Cast, client_for: ClientFor
) -> None:
    """3-d."""
    keeping.administer(cast.facebook, cast.olle, cast.lisa)
    maria, base = client_for(cast.maria), f"/accounts/{cast.facebook}/custody"
    assert "Inte kontrollerad." in maria.get(base).text
    for person in (cast.olle, cast.lisa):
        maria.post(f"{base}/administrators/{person.id}", data={"verified": "y"})
    assert "Inte kontrollerad." not in maria.get(base).text
    assert keeping.settled(cast.facebook)
    maria.post(f"{base}/administrators/{cast.lisa.id}")
    assert not keeping.settled(cast.facebook)
    assert "Lägg dem aldrig i ett kuvert" in maria.get(f"{base}/seal").text
    answer = maria.post(f"{base}/uses", data={"kind": "opening", "reason": "Storm."})
    client_for(cast.per).post(f"{answer.location}/witness")
    assert "Be någon släppa in dig" in maria.get(answer.location).text
    assert "Tillfällig behörighet ska tas bort" in maria.get("/").text
    maria.post(f"{answer.location}/changed")
    assert "Klar" in maria.get(answer.location).text
    assert "Tillfällig behörighet ska tas bort" not in maria.get("/").text


def test_what_is_secret_is_not_carried_through_a_login(
    cast: Cast, base: str, client_for: ClientFor
) -> None:
    """The session has ended while the envelope was written: its fields are typed again."""
    olle = client_for(cast.olle)
    olle.post("/me/sessions/end")
    answer = olle.post(f"{base}/digital", data=posted())
    assert answer.status_code == 401
    for secret in SECRETS[:-1]:
        assert secret not in answer.text
