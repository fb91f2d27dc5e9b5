"""What the example municipality has written down about its platforms, profiles and photos.

Bluesky isn't assessed yet, and two of the school's pictures lack consent: both show as they would.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts import platform_operations
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.people.models import Person
from console.phrases import STOCKHOLM
from console.upkeep import consents, operations, rules

STRATEGY = "maria.ek@torsby.example"
SCHOOL = ("instagram", "@stjerneskolan")
TEACHER = "david.myr@torsby.example"
ASSESSED = {
    "instagram": "Vi kan dölja och ta bort kommentarer på våra inlägg.",
    "linkedin": "Vi kan ta bort kommentarer på sidan.",
    "youtube": "Vi kan stänga och ta bort kommentarer på filmerna.",
}
NOT_AFFECTED = {"mastodon": "Andra skriver på egna servrar. Vi kan inte ta bort deras inlägg."}
ANSWERS = dict.fromkeys(rules.Item, (rules.Found.THERE.value, "")) | {
    rules.Item.LOGO: (rules.Found.NOT_APPLICABLE.value, "Reglerna har ingen fastställd logotyp.")
}
EVIDENCE = "Skärmbilder i mappen Sociala medier"
PHOTOS = ("Skolstarten: två elever vid flaggstången", "Friluftsdagen: en elev på skidor")


def load(session: Session, now: datetime) -> None:
    """Fill in after people and accounts are there."""
    maria, david = _person(session, STRATEGY), _person(session, TEACHER)
    for platform, reason in {**ASSESSED, **NOT_AFFECTED}.items():
        platform_operations.assess(
            session,
            maria,
            platform,
            now,
            affects=platform in ASSESSED,
            reason=reason,
            decided_by="Kommunstyrelsen",
            decided_on=(now - timedelta(days=60)).astimezone(STOCKHOLM).date(),
        )
    for account in accounts.all_accounts(session):
        if rules.looked_after(account.platform, account.state):
            keeper = account.administrators[0].person
            operations.check_profile(session, keeper, account.id, ANSWERS, EVIDENCE, now)
    school = select(Account.id).where(Account.platform == SCHOOL[0], Account.handle == SCHOOL[1])
    account_id = session.scalars(school).one()
    for photo in PHOTOS:
        consents.record_photo(
            session, david, account_id, now, photo=photo, who="", scope="", given_on=None
        )


def _person(session: Session, email: str) -> Person:
    return session.scalars(select(Person).where(Person.email == email)).one()
