"""What the start page shows of an event that goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped

from console.db import Base, ref


class StartPageEvent(Base):
    """One row per start page and live event, from the first look after the website told of it.
    Another address begins anew."""

    __tablename__ = "start_page_events"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    incident_id: Mapped[int] = ref("incidents.id", primary_key=True)
    said: Mapped[str]
    """What the words that apply are known by (`console.site.fragment.said`)."""
    number: Mapped[int]
    """The newest round's."""
    since_number: Mapped[int]
    """The round from which the words have been these, as far as was seen."""
    since: Mapped[datetime]
    """When they were first looked for."""
    shows: Mapped[str]
    """A `start_page_rules.Shows`."""
    shown_number: Mapped[int | None]
    """Which update stands there; None: none, or that can't be seen."""
    checked_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    """When these words were first seen there."""
    behind_since: Mapped[datetime | None]
    """From when on the page hasn't shown what applies; None: it does."""
    alarmed_at: Mapped[datetime | None]
