"""Pictures of a message's own, while it is written; what goes out stands in its frozen version."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.pictures.models import Image


class MessageImage(Base):
    __tablename__ = "message_images"
    __table_args__ = (UniqueConstraint("message_id", "image_id"),)

    id: Mapped[Id]
    """Also their order."""
    message_id: Mapped[int] = ref("messages.id", index=False)
    image_id: Mapped[int] = ref("images.id")
    alt: Mapped[str]
    """What it shows, in Swedish; never empty."""
    alt_en: Mapped[str] = mapped_column(server_default="")
    """The same in English: needed where the message has English text."""

    image: Mapped[Image] = relationship(lazy="joined")
