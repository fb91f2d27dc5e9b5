"""What `pages.py` does to the register: a file that is only shown, and an account with a list."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.journeys.visitor import Visitor


def show_register(maria: Visitor) -> str:
    """A file of accounts, shown and not put in. Returns its number."""
    rows = "Namn;Plattform;Konto;Tillstånd\nBadet;Fejsbuck;bad;aktiv\nSkolan;Facebook;skola;aktiv\n"
    maria.go("/accounts/import")
    file = {"name": "register.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    maria.field("Fil med konton").set_input_files(file)
    maria.button("Visa vad som händer").click()
    maria.sees("Det här händer")
    return re.findall(r"\d+", urlsplit(maria.page.url).path)[-1]


def mail_list(maria: Visitor) -> str:
    """An account that reaches people by mail, with two named, one of them just removed, and open to
    citizens. Returns its number."""
    maria.go("/accounts?words=jobba")
    found = maria.link("Jobba i Torsby").first.get_attribute("href") or ""
    number = re.findall(r"\d+", urlsplit(found).path)[-1]
    maria.go(f"/accounts/{number}/settings")
    maria.page.locator("#kind").select_option("email")
    with maria.expecting("422"):  # another kind asks for more
        maria.button("Spara").click()
        maria.field("E-postserver").fill("post.torsby.example")
    maria.field("Port").fill("587")
    maria.field("Kryptering").fill("starttls")
    maria.field("Avsändare").fill("kris@torsby.example")
    maria.button("Spara").click()
    maria.sees("Sparat.")
    maria.go(f"/accounts/{number}/recipients")
    maria.choice("Samverkande").check()
    maria.field("Mottagare, en per rad").fill(
        "Sveriges Radio P4 Värmland; p4.varmland@radio.example\nnattchef@torsby.example"
    )
    maria.field("Varför ska de stå här?").fill("De för beskeden vidare.")
    maria.button("Lägg till").click()
    maria.sees("2 mottagare tillagda.")
    maria.button("Ta bort").first.click()
    maria.sees("Du kan ångra i ett dygn.")
    maria.button("Öppna anmälan").click()
    maria.sees("Invånare kan anmäla sig nu.")
    return number
