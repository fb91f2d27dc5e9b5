"""Against the clock, with hands at human speed (tests.journeys.hand holds the model).

Each limit is for the whole time from the first move to the last answer, the machine's part
included; out/timed.json tells how much of it was spent waiting. Sources: 7-a, 4-k;
the first hour in crisis-practice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.channels.servers import MailServer
from tests.journeys.conftest import Installation, Visit
from tests.journeys.hand import Hand, Stopwatch
from tests.journeys.mailed import installed, mailed_link, until
from tests.journeys.steps import FIRST, broadcast, open_exercise, send, write_first
from tests.journeys.visitor import PHONE

TYPED = (
    "Vad har hänt?",
    "Vad ska invånarna göra?",
    "När började det?",
    "Vad vet vi inte?",
    "Vad gör vi?",
    "Vem äger fakta?",
)
"""What a first message asks for and nobody can know beforehand, in the order of the page."""
WRONG, RIGHT = "Vi har hittat tecken på bakterier.", "Proverna visar inga bakterier än."


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def installation(
    browser: Browser, mail: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation of its own, that sends mail."""
    with installed(tmp_path_factory.mktemp("timed"), mail) as running:
        yield running


def test_a_first_message_is_sent_for_approval_by_keyboard_within_a_minute_of_logging_in(
    installation: Installation, visit: Visit
) -> None:
    """No pointer and no address is used after the login page. The event is open, with its area."""
    name, login = "Första minuten", installation.logins["Lisa"]
    open_exercise(visit("Emma"), name, area=FIRST["Var gäller det?"])
    before = visit("Lisa")
    before.go("/me/first-minute")
    before.button("Hoppa över").click()  # the tour is shown at the very first login only
    before.sees("Öppet:")
    lisa = visit()
    lisa.go("/login")

    watch = Stopwatch()
    hand = Hand(lisa, watch)
    expect(lisa.field("E-post")).to_be_focused()
    hand.type(login.email)
    hand.tab_to("Lösenord")
    hand.type(login.password)
    hand.press("Enter", "Öppet:")
    hand.tab_to(f"övning {name}")
    hand.press("Enter", "Ingen uppmaning just nu.")
    hand.tab_to("Skriv meddelande")
    hand.press("Enter", "Vad ska sägas?")
    hand.press("Enter", "Skriv första beskedet")
    expect(lisa.field(TYPED[0])).to_be_focused()
    for label in TYPED:
        if label != TYPED[0]:
            hand.tab_to(label)
        hand.type(FIRST[label])
    hand.tab_to("Skicka till")
    hand.press("Enter", "Skickad för godkännande.")
    watch.stop("first message, login to submit, by keyboard", 60)

    lisa.page.get_by_role("link", name=re.compile("^Första")).click()
    lisa.link("Ändra texten").click()
    for label in TYPED:
        expect(lisa.field(label)).to_have_value(FIRST[label])
    expect(lisa.field("Varför hände det?")).to_have_value(FIRST["Varför hände det?"])
    expect(lisa.field("Var gäller det?")).to_have_value(FIRST["Var gäller det?"])


@pytest.mark.parametrize("way", ["mail", "start page"])
def test_a_text_is_approved_within_fifteen_seconds_of_the_notice(
    way: str, installation: Installation, visit: Visit, mail: MailServer
) -> None:
    """On a phone 360 px wide, logged in."""
    lisa, name = visit("Lisa"), f"Godkänt ur {way}"
    slug = open_exercise(lisa, name)
    write_first(lisa)
    send(lisa)
    address = installation.logins["Karin"].email
    link = until(lambda: mailed_link(mail, address, f"/incidents/{slug}/approve/"), "the mail")
    karin = visit("Karin", PHONE)

    watch = Stopwatch()
    hand = Hand(karin, watch)
    if way == "mail":
        watch.waiting(lambda: karin.go(link))
    else:
        watch.waiting(lambda: karin.go("/"))
        row = karin.page.get_by_role("listitem").filter(has_text=f"övningen {name}")
        hand.click(karin.link("Godkänn texten", within=row), "Fakta från")
    karin.sees(FIRST["Vad ska invånarna göra?"])
    hand.click(karin.button("Godkänn"), "Godkänd. Texten går ut nu.")
    watch.stop(f"approval from the {way}, 360 px", 15)


def test_a_wrong_sentence_is_corrected_everywhere_within_two_minutes(visit: Visit) -> None:
    """4-k, Hawaii: two people, from the press of *Rätta fel ute* until every post is corrected."""
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Fel på två minuter", every=10, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 2 går ut.")).to_be_visible()
    with lisa.another_tab(f"/ovning/{slug}/vagg"):
        wall = lisa.page
    lisa.page.bring_to_front()

    watch = Stopwatch()
    unit, approver = Hand(lisa, watch), Hand(karin, watch)
    unit.click(lisa.link("Rätta fel ute"), "Tryck på det som är fel")
    unit.click(lisa.button(WRONG), "Stoppat, och struket på webbplatsen.")
    stopped = watch.elapsed()
    unit.write(lisa.field("Vad är rätt?"), RIGHT)
    unit.click(lisa.choice("Står kvar"))
    unit.click(lisa.page.get_by_role("button", name=re.compile("^Skicka till")), "Skickad för")
    watch.waiting(lambda: karin.go("/"))
    row = karin.page.get_by_role("listitem").filter(has_text="övningen Fel på två minuter")
    approver.click(karin.link("Godkänn texten", within=row), "Fakta från")
    approver.click(karin.button("Godkänn"), "Godkänd. Texten går ut nu.")
    accounts = wall.locator(".wall section").filter(has_text=WRONG)
    left = accounts.filter(has_not_text=RIGHT)
    watch.waiting(lambda: expect(left).to_have_count(0))
    watch.stop("Fel ute to every post corrected, two people", 120)
    assert stopped < 10
    assert accounts.count() > 10
    lisa.go(f"/ovning/{slug}/h/{slug}/")
    expect(lisa.page.locator("del").first).to_contain_text(WRONG)
    lisa.go(f"/incidents/{slug}/")
    lisa.check("timed-corrected")


@pytest.mark.parametrize("way", ["mail", "start page"])
def test_an_administrator_has_read_the_lock_within_ten_seconds(
    way: str, installation: Installation, visit: Visit, mail: MailServer
) -> None:
    """7-a. The notice answers why, until when, and what is allowed; from a mail's own link without
    a login, or from the start page, on a phone."""
    open_exercise(visit("Lisa"), f"Låset ur {way}")
    address = installation.logins["Peter"].email
    link = until(lambda: mailed_link(mail, address, "/read/"), "the mail")
    peter = visit(None if way == "mail" else "Peter", PHONE)

    watch = Stopwatch()
    hand = Hand(peter, watch)
    if way == "mail":
        watch.waiting(lambda: peter.go(link))
    else:
        watch.waiting(lambda: peter.go("/"))
        row = peter.page.get_by_role("listitem").filter(has_text=f"Låset ur {way}")
        hand.click(peter.link("Läs om låset", within=row), "Varför?")
    said = {
        answer: peter.page.locator("section").filter(
            has=peter.page.get_by_role("heading", name=answer)
        )
        for answer in ("Varför?", "Hur länge?", "Vad får jag göra?")
    }
    expect(said["Varför?"]).to_contain_text("Bakterier i vattnet")
    expect(said["Hur länge?"]).to_contain_text(re.compile("Tills|kl"))
    expect(said["Vad får jag göra?"]).to_contain_text(re.compile("Dölj|Svara|dölja|svara"))
    hand.click(peter.choice("Nej"))
    hand.click(peter.button("Jag har läst"), "Läst")
    watch.stop(f"lock read and acknowledged from the {way}", 10)
