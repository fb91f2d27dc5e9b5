"""What the public register says, in both languages under the same keys."""

from __future__ import annotations

from console.site.view_model import Lang

REGISTER_WORDS: dict[Lang, dict[str, str]] = {
    "sv": {
        "register_line": "Det här är våra konton i sociala medier. Andra konton är inte våra.",
        "register_empty": "Inga konton är anmälda än.",
        "register_count": "Antal konton: {n}.",
        "register_pages": "Kontona från A till Ö",
        "register_check": "Kontrollera",
        "register_real": "Kontot är vårt",
        "register_real_line": "{name} på {platform} är ett konto som {sender} ansvarar för.",
        "register_resting": "vilar",
        "register_resting_line": "Kontot vilar: just nu skriver eller svarar ingen där.",
        "register_look": "Se efter att kontot du kom från heter exakt så här:",
        "register_open": "Öppna kontot",
        "register_all": "Se alla våra konton",
        "register_wrong": "Stämmer det inte? Lämna inga uppgifter där. Ring växeln,",
        "register_data": "Hämta som data:",
        "register_print": "Skriv ut hela förteckningen",
        "register_printed": "Förteckning över konton i sociala medier",
        "register_gone": "Skulle sidan visa att ett konto i sociala medier är vårt? Då är det inte "
        "vårt, eller inte vårt längre.",
        "register_no_committee": "Ingen nämnd angiven",
        "account": "Konto",
        "handle": "Heter",
        "platform": "Plattform",
        "operation": "Vem som sköter det",
        "committee": "Nämnd som ansvarar",
        "address": "Adress",
        "watched": "När någon svarar",
    },
    "en": {
        "register_line": "These are our social media accounts. Any other is not ours.",
        "register_empty": "No accounts have been registered yet.",
        "register_count": "Number of accounts: {n}.",
        "register_pages": "The accounts from A to Ö",
        "register_check": "Check",
        "register_real": "This account is ours",
        "register_real_line": "{name} on {platform} is an account that {sender} answers for.",
        "register_resting": "resting",
        "register_resting_line": "The account is resting: nobody posts or answers there right now.",
        "register_look": "See that the account you came from has exactly this name:",
        "register_open": "Open the account",
        "register_all": "See all our accounts",
        "register_wrong": "Not the same? Give no information there. Call the switchboard,",
        "register_data": "Get it as data:",
        "register_print": "Print the whole list",
        "register_printed": "List of social media accounts",
        "register_gone": "Was this page to show that a social media account is ours? Then it is "
        "not ours, or no longer ours.",
        "register_no_committee": "No committee given",
        "account": "Account",
        "handle": "Named",
        "platform": "Platform",
        "operation": "Who runs it",
        "committee": "Committee that answers for it",
        "address": "Address",
        "watched": "When somebody answers",
    },
}
