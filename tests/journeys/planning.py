"""From the register to a plan that waits for signatures, as whoever wants an account goes; its end;
and what the public sees of it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable

from tests.journeys.visitor import Visitor, expect

WITHIN = 60
"""Seconds: a change of the register is public within a minute (2.1-a)."""
PLAN = {
    "Webbadress": "https://www.instagram.com/bokbussen",
    "Vilka vill ni nå?": "Familjer i byarna norr om Torsby",
    "Vad vill ni uppnå?": "200 följare före årsskiftet.",
    "Hur ofta och vilka tider bevakas kontot?": "Vardagar 8 till 16, två gånger i veckan.",
    "Timmar i veckan": "1,5",
}


def propose(visitor: Visitor, name: str, platform: str, handle: str) -> str:
    """Give notice of an account, and come to its plan's page. Returns the account's number."""
    visitor.go("/accounts")
    visitor.link("Föreslå konto").click()
    visitor.field("Vad ska kontot heta?").fill(name)
    visitor.field("Plattform").select_option(label=platform)
    visitor.field("Användarnamn på plattformen").fill(handle)
    visitor.field("Verksamhet").fill("Torsby bibliotek")
    visitor.field("Nämnd").fill("Kulturnämnden")
    visitor.button("Anmäl kontot").click()
    visitor.sees("Kontot är anmält.")
    return visitor.page.url.split("/")[-2]


def answer_checklist(visitor: Visitor) -> None:
    """Yes to all eleven; the plan's form is what comes."""
    visitor.link("Svara på checklistan").click()
    answers = visitor.page.get_by_role("radio", name="Ja", exact=True)
    expect(answers).to_have_count(11)
    for answer in answers.all():
        answer.check()
    visitor.button("Spara checklistan").click()
    visitor.sees("Nu kan ni skriva planen.")


def write_plan(visitor: Visitor, *emails: str) -> None:
    for label, words in PLAN.items():
        visitor.field(label).fill(words)
    visitor.choice("Nå ut med information").check()
    for n, email in enumerate(emails, 1):
        group = visitor.page.get_by_role("group", name=f"Administratör {n}")
        group.get_by_label("E-post").fill(email)


def end(visitor: Visitor, account: str) -> None:
    """Give the end notice of an account in use, with its last picture and report."""
    visitor.go(f"/accounts/{account}/end")
    visitor.field("Varför avslutar ni kontot?").fill("Bokbussen har slutat gå.")
    visitor.field("Var finns den sista skärmdumpen?").fill("KS 2026/114")
    visitor.field("Slutrapport").fill("Vi nådde 240 av 300 följare. Frågorna besvarades.")
    visitor.button("Avsluta kontot").click()
    visitor.sees("Kontot är avslutat. Historiken finns kvar här.")


def public(site: str, path: str, *, stands: Callable[[str], bool] = bool) -> str:
    """What the public site answers, once it answers so: within a minute. "": the page isn't there.

    Args:
        site: its address.
        stands: what is waited for; else any page.
    """
    until = time.monotonic() + WITHIN
    while True:
        shown = ""
        try:
            with urllib.request.urlopen(site + path) as answer:
                shown = str(answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        if stands(shown):
            return shown
        assert time.monotonic() < until, f"{path} never stood so: {shown[:500]}"
        time.sleep(0.2)
