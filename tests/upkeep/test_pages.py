"""The pages about upkeep, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from console import db
from console.people.models import Person
from console.upkeep import queries
from console.upkeep.rules import Item
from tests.cast import Cast
from tests.upkeep import acts

ClientFor = Callable[[Person | None], FlaskClient]
Register = dict[str, int]


def checked(**found: str) -> dict[str, str]:
    """A filled-in form, everything there but for what is said."""
    answers = {f"found_{item}": "there" for item in Item} | {
        f"found_{item}": state for item, state in found.items()
    }
    return {**answers, "evidence": "https://bilder.torsby.example/7"}


def test_a_profile_is_checked_and_what_is_missing_is_mended_from_the_accounts_page(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """4.1-a, 4.1-f, 4.2-b."""
    acts.approve_logo(cast.stina)
    olle, base = client_for(cast.olle), f"/accounts/{register['@skola']}"
    page = olle.get(f"{base}/profile").text
    assert acts.LOGO in page and "officiellt konto för Skolan" in page
    refused = olle.post(f"{base}/profile", data={**checked(house_rules=""), "note_phone": "Överst"})
    assert refused.status_code == 422
    assert 'href="#found_house_rules"' in refused.text and "Överst" in refused.text
    answer = olle.post(
        f"{base}/profile", data=checked(house_rules="missing"), follow_redirects=True
    )
    assert "Sparat. 1 uppgift saknas." in answer.text
    assert "Vad man inte får skriva" in olle.get(base).text
    assert "Profilen saknar: vad man inte får skriva" in client_for(cast.stina).get("/").text
    mend = f"{base}/profile/house_rules"
    assert "Saknas i profilen sedan" in olle.get(mend).text
    assert olle.post(mend, data={"note": "x" * 501}).status_code == 422
    assert "Åtgärdat." in olle.post(mend, data={"note": ""}, follow_redirects=True).text
    assert "Profilen saknar" not in client_for(cast.stina).get("/").text
    assert olle.get(mend).status_code == 404


def test_only_profiles_that_can_be_confirmed_in_one_press_are_offered_for_it(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """4.2-a, 5-c: one that is refused would take the others with it."""
    acts.approve_logo(cast.stina)
    school = register["@skola"]
    acts.check(cast.olle, school)
    olle, box = client_for(cast.olle), f'name="profile" value="{school}"'
    assert box in olle.get("/yearly").text
    acts.approve_logo(cast.stina, "https://torsby.example/ny.svg")
    page = olle.get("/yearly").text
    assert box not in page and "Reglerna har en annan logotyp nu." in page


def test_nobody_elses_account_is_opened_or_written(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    other = client_for(acts.newcomer())
    school = register["@skola"]
    photo, report = acts.photo(cast.olle, school), acts.report(cast.olle, school)
    for address in (
        *(f"/accounts/{school}/{part}" for part in ("profile", "dialogue", "consents", "security")),
        *(f"/consents/{photo}", f"/security/{report}"),
    ):
        assert other.get(address).status_code == 403, address
        assert other.post(address, data=checked()).status_code == 403, address
    for verb in ("withdraw", "down"):
        assert other.post(f"/consents/{photo}/{verb}").status_code == 403
    page = other.get(f"/accounts/{school}").text
    assert "Elsa" not in page and "Visa samtycken" not in page


def test_the_year_is_confirmed_in_one_press(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """5-c."""
    acts.approve_logo(cast.stina)
    olle = client_for(cast.olle)
    assert "Gör årets genomgång" in olle.get("/").text
    both = [str(register["@skola"]), str(register["skola"])]
    empty = olle.post("/yearly")
    assert empty.status_code == 422 and "Kryssa för minst ett konto." in empty.text
    answer = olle.post("/yearly", data={"logout": both}, follow_redirects=True)
    assert "2 saker är bekräftade." in answer.text
    acts.check(cast.olle, register["@skola"])
    refused = olle.post("/yearly", data={"profile": both[0], "logout": both[1]})
    assert refused.status_code == 422
    ticked = re.findall(r'name="(\w+)" value="(\d+)" checked', refused.text)
    assert ticked == [("logout", both[1]), ("profile", both[0])]
    acts.check(cast.olle, register["skola"])
    assert "Gör årets genomgång" not in olle.get("/").text
    assert "Du sköter inget konto" in client_for(cast.stina).get("/yearly").text


def test_dialogue_is_written_in_and_a_private_sender_refused(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """2-b, 4-b."""
    olle, base = client_for(cast.olle), f"/accounts/{register['skola']}"
    given = {"comments_open": "yes", "answers_given": "no", "sender": "private"}
    refused = olle.post(f"{base}/dialogue", data=given)
    assert refused.status_code == 422 and "får inte vara avsändare" in refused.text
    assert olle.post(f"{base}/dialogue", data=given | {"sender": "behind"}).status_code == 302
    page = client_for(cast.greta).get(base).text
    assert "Ges inte" in page and "En privat inloggning som inte syns" in page
    assert 'value="behind" checked' in olle.get(f"{base}/dialogue").text


def test_the_accounts_page_helps_to_answer_well(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """4.1-j."""
    page = client_for(cast.olle).get(f"/accounts/{register['skola']}").text
    for words in ("Säg vem du är", "länka", "några timmar till en dag", "aldrig otrevlig",
                  "interna ord", "följ upp"):  # fmt: skip
        assert words in page


def test_a_picture_goes_from_no_consent_to_withdrawn_and_down(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """4.6-d."""
    olle, base = client_for(cast.olle), f"/accounts/{register['@skola']}/consents"
    assert olle.post(base, data={"photo": "", "given_on": ""}).status_code == 422
    said = olle.post(
        base, data={"photo": "Elsa vid flaggan", "given_on": ""}, follow_redirects=True
    )
    assert "Bilden saknar samtycke." in said.text
    assert "Be om samtycke till 1 bild" in olle.get("/").text
    with db.unit_of_work() as session:
        number = queries.unconsented(session, [register["@skola"]])[register["@skola"]][0].id
    one = f"/consents/{number}"
    assert olle.post(one, data={"who": "Elsa", "scope": "Bilden", "given_on": "i går"}
                     ).status_code == 422  # fmt: skip
    given = {"who": "Elsa", "scope": "Bilden", "given_on": acts.yesterday().isoformat()}
    assert olle.post(one, data=given).status_code == 302
    stina = client_for(cast.stina)
    assert "Be om samtycke" not in olle.get("/").text
    assert "Elsa vid flaggan" in olle.get(f"{base}?words=elsa").text
    assert "Ingen passar in." in olle.get(f"{base}?words=kalle").text
    reminder = olle.post(f"{one}/withdraw", follow_redirects=True)
    assert "Ta ner bilden nu" in reminder.text and "Ta ner 1 bild" in olle.get("/").text
    assert "1 bild ska tas ner" in stina.get("/").text
    assert "redan återkallat" in olle.post(f"{one}/withdraw", follow_redirects=True).text
    assert "Namnet är borttaget" in olle.post(f"{one}/down", follow_redirects=True).text
    assert "Ta ner 1 bild" not in olle.get("/").text


def test_phishing_is_noted_shows_and_is_settled(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """5-a."""
    olle, base = client_for(cast.olle), f"/accounts/{register['@skola']}"
    assert olle.post(f"{base}/security", data={"trouble": "phishing"}).status_code == 422
    given = {"trouble": "app", "what": "Ett tillägg för bilder", "done": "",
             "happened_on": acts.yesterday().isoformat()}  # fmt: skip
    assert olle.post(f"{base}/security", data=given).status_code == 302
    assert "Ett tillägg för bilder" in olle.get(base).text
    assert "Skriv vad ni gjorde" in olle.get("/").text
    assert "App eller tillägg" in client_for(cast.stina).get("/").text
    with db.unit_of_work() as session:
        number = queries.open_reports(session, [register["@skola"]])[0].id
    assert olle.post(f"/security/{number}", data={"done": ""}).status_code == 422
    assert olle.post(f"/security/{number}", data={"done": "Tog bort det."}).status_code == 302
    assert "Skriv vad ni gjorde" not in olle.get("/").text
    assert "Tog bort det." in olle.get(f"/security/{number}").text


def test_a_platform_is_added_assessed_and_chosen(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    """2-a, 4.6-b, 4.6-c."""
    stina, olle = client_for(cast.stina), client_for(cast.olle)
    assert "Skriv egen bedömning" in stina.get("/").text
    assert "Egen bedömning saknas" in stina.get("/").text
    assert "Egna inlägg och besökares" in olle.get("/platforms").text
    assert olle.post("/platforms", data={"name": "TikTok"}).status_code == 403
    assert stina.post("/platforms", data={"name": "twitter"}).status_code == 422
    added = stina.post("/platforms", data={"name": "TikTok"})
    assert added.location == "/platforms/own:TikTok"
    assert "TikTok" in stina.get(added.location).text
    assert "TikTok" in olle.get("/accounts/propose").text and "TikTok" in olle.get("/accounts").text
    refused = stina.post("/platforms/instagram", data={"affects": "yes", "decided_on": "i går"})
    assert refused.status_code == 422 and "Skriv varför ni bedömer så." in refused.text
    given = {
        "affects": "yes",
        "reason": "Vi kan ta bort kommentarer.",
        "decided_by": "Kommunstyrelsen",
        "decided_on": acts.yesterday().isoformat(),
    }
    assert stina.post("/platforms/instagram", data=given).status_code == 302
    assert "Egen bedömning saknas" not in stina.get("/").text
    assert "Kommunstyrelsen" in olle.get("/platforms/instagram").text
    assert olle.post("/platforms/instagram", data=given).status_code == 403
    for method in (stina.get, stina.post):
        assert method("/platforms/own:Inget").status_code == 404


@pytest.mark.parametrize("address", ["/yearly", "/platforms", "/platforms/x"])
def test_whoever_has_nothing_to_look_after_is_told_so_or_only_reads(
    cast: Cast, register: Register, client_for: ClientFor, address: str
) -> None:
    answer = client_for(cast.greta).get(address)
    assert answer.status_code == (403 if address == "/yearly" else 200)
    assert "<textarea" not in answer.text


def test_what_an_account_lacked_is_gone_from_the_start_page_when_it_ends(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    acts.approve_logo(cast.stina)
    school = register["@skola"]
    acts.check(cast.olle, school, phone="missing")
    acts.photo(cast.olle, school, given=False)
    acts.report(cast.olle, school)
    page = client_for(cast.stina).get("/").text
    for words in ("Profilen saknar", "Försök till nätfiske"):
        assert words in page
    assert "Be om samtycke" in client_for(cast.olle).get("/").text
    acts.set_state(school, "ended")
    page = client_for(cast.olle).get("/").text
    for words in ("Profilen saknar", "saknar samtycke", "Försök till nätfiske"):
        assert words not in page
    assert client_for(cast.olle).get(f"/accounts/{school}").status_code == 200
