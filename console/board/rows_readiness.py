"""What the start page says of accounts that a post would not reach, or not for long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import readiness
from console.accounts.readiness import Standing
from console.accounts.readiness_rules import Score
from console.accounts.rules import platform_name
from console.board.start_model import Deviating, Deviation
from console.parts import Verb


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """What fails now can fail us in a crisis; what soon does is late to renew."""
    found = readiness.troubled(session, now)
    fails = {one.id: one for one in found if one.score is Score.FAILS}
    soon = {one.id: one for one in found if one.score is Score.SOON_FAILS}
    return [Deviating(fails, _say, urgent=True), Deviating(soon, _say, late=True)]


def _say(_account: Any, one: Standing) -> Deviation:
    page = "start_pages.show" if one.start_page else "accounts.settings"
    return Deviation(
        key=f"account-{one.id}",
        state="refused",
        what=one.sentence,
        account=one.name,
        platform=platform_name(one.platform),
        since="",
        verb=Verb(_("Åtgärda"), url_for(page, account_id=one.id)),
    )
