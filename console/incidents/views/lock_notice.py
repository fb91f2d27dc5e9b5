"""What the page of a lock notice says, whichever way its reader came to it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.incidents import queries
from console.incidents.models import Incident, Notice
from console.incidents.notice_model import May, NoticeView
from console.incidents.views.common import mail_is_set_up
from console.policy.queries import current


def shown(
    session: Session,
    notice: Notice,
    incident: Incident,
    *,
    read_url: str,
    answer_url: str,
    reader: str = "",
) -> NoticeView:
    """
    Args:
        read_url, answer_url: where *Jag har läst*, and a changed answer, are posted.
        reader: who it is for, said on the page that needs no login.
    """
    locked = queries.accounts_of(session, notice)
    because = _("Därför skriver bara informationsenheten just nu.")
    platforms = {platform_name(a.platform) for a in locked}
    free = queries.released_at(session, notice)
    held, held_for_real = _held(session, incident, locked)
    elsewhere = next(iter(platforms)) if len(platforms) == 1 else _("plattformens egen")
    return NoticeView(
        accounts=tuple((a.name, platform_name(a.platform)) for a in locked),
        since=notice.made_at,
        why=f"{phrases.sentence(incident.reason)} {because}",
        until=_("Tills vi skriver Läget över. Då får du veta det här och med mejl.")
        if mail_is_set_up()
        else _("Tills vi skriver Läget över. Då får du veta det här."),
        may=(
            May(_("Svara"), _("med godkända svar")),
            May(_("Dölj"), _("olagliga kommentarer")),
        ),
        must_not=_("Skriv inga egna inlägg."),
        must_not_rest=_(
            "Inte i appen heller (%(app)s). Låset gäller i Budkavle: appen kan vi inte stänga.",
            app=elsewhere,
        ),
        phone=current(session).phone,
        read_url=read_url,
        answer_url=answer_url,
        reader=reader,
        read_at=notice.read_at,
        released_at=free,
        held=held if free is not None else "",
        held_for_real=held_for_real,
    )


def _held(session: Session, incident: Incident, accounts: Sequence[Account]) -> tuple[str, bool]:
    """What was released here may have been moved to another event, or locked anew, in an exercise
    by the same one: an old mail must give nobody leave to publish.

    Returns:
        A sentence, "" if nothing is locked; whether a live event holds any of them.
    """
    found = queries.holders(session, incident, [a.id for a in accounts])
    holders = {
        account_id: _("övningen %(name)s", name=holder.name) if holder.exercise else holder.name
        for account_id, holder in found.items()
    }
    held = [a for a in accounts if a.id in holders]
    if not held:
        return "", False
    said: str = _(
        "Låst av %(events)s: %(accounts)s. Du har fått ett nytt meddelande om det.",
        events=", ".join(dict.fromkeys(holders[a.id] for a in held)),
        accounts=", ".join(a.name for a in held),
    )
    return said, any(not holder.exercise for holder in found.values())
