"""Public records that were handed out. To whom and why stands in the timeline alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class Handout(Base):
    """One message handed out, once."""

    __tablename__ = "handouts"

    id: Mapped[Id]
    message_id: Mapped[int] = ref("messages.id")
    masked: Mapped[bool]
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)

    by: Mapped[Person] = relationship(lazy="joined")
