"""A text for an account's profile, ready to paste, from what the rules and the plan say (4.1, 4.2).

In the account's own languages, so not through the reader's translations. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.platforms import PLATFORMS
from console.accounts.models import Account
from console.phrases import sentence
from console.policy.rules import Profile

_PERIODS = {"sv": {"week": "veckan", "workday": "arbetsdagen"},
            "en": {"week": "week", "workday": "working day"}}  # fmt: skip


def texts(
    policy: Profile, account: Account, site: str, purpose: str, watch: str
) -> Sequence[tuple[str, str]]:
    """(language, text), in the account's languages that we have words in.

    Args:
        site: the public site's address; the account's page in the register lies there.
        purpose, watch: the plan's words, in Swedish; may be empty.
    """
    found = []
    for lang in account.languages:
        if lang == "sv":
            found.append((lang, _swedish(policy, account, site, purpose, watch)))
        elif lang == "en":
            found.append((lang, _english(policy, account, site)))
    return found


def _swedish(policy: Profile, account: Account, site: str, purpose: str, watch: str) -> str:
    name = PLATFORMS[account.platform].name
    often = f"Minst {policy.check_times} gånger i {_PERIODS['sv'][policy.check_period]}"
    answer = "Vi svarar så snart vi kan."
    if policy.answer_hours is not None:
        days = " på vardagar" if policy.answer_on_workdays else ""
        answer = f"Vi svarar inom {policy.answer_hours} timmar{days}."
    lines = [
        f"Detta är ett officiellt konto för {account.operation or account.name}, en del av "
        f"{policy.municipality}.",
        f"Vad är kontot till för? {sentence(purpose)}" if purpose.strip() else "",
        f"När är vi här? {sentence(watch or often)} {answer}",
        f"Alla kan läsa det du skriver här, och {name} sparar det. Det du skriver till oss blir en "
        "allmän handling.",
        _list("Det här får inte stå här:", [one.sv for one in policy.grounds]),
        "Bryter du mot det tar vi bort inlägget och säger varför. Brott anmäler vi.",
        "Har du ett eget ärende? Skriv inte om det här. Ring, mejla eller skicka brev i stället.",
        f"Telefon: {policy.phone}\nE-post: {policy.feedback_email}\nWebbplats: {site}\n"
        "Adress: [skriv verksamhetens adress]",
        f"Kontrollera att kontot är äkta: {site}/konton/{account.id}.html",
    ]
    return "\n\n".join(line for line in lines if line)


def _english(policy: Profile, account: Account, site: str) -> str:
    name = PLATFORMS[account.platform].name
    often = f"At least {policy.check_times} times a {_PERIODS['en'][policy.check_period]}."
    answer = "We answer as soon as we can."
    if policy.answer_hours is not None:
        days = " on working days" if policy.answer_on_workdays else ""
        answer = f"We answer within {policy.answer_hours} hours{days}."
    lines = [
        f"This is an official account of {policy.municipality}.",
        f"When are we here? {often} {answer}",
        f"Everybody can read what you write here, and {name} keeps it. What you write to us "
        "becomes a public record.",
        _list("This may not stand here:", [one.en for one in policy.grounds]),
        "If you write it, we take it down and say why. Crimes are reported.",
        "Is it about yourself? Don't write about it here. Phone, e-mail or send a letter instead.",
        f"Phone: {policy.phone}\nE-mail: {policy.feedback_email}\nWebsite: {site}\n"
        "Address: [write the address]",
        f"Check that the account is genuine: {site}/en/konton/{account.id}.html",
    ]
    return "\n\n".join(lines)


def _list(head: str, rows: Sequence[str]) -> str:
    return "\n".join([head, *(f"– {one}" for one in rows)])
