"""Files that somebody has shown and not yet put into the register."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped

from console.db import Base, Id, ref


class RegisterImport(Base):
    __tablename__ = "register_imports"

    id: Mapped[Id]
    name: Mapped[str]
    """The file's own name."""
    content: Mapped[bytes | None]
    """None once it is in the register, or something newer was shown: it names people."""
    digest: Mapped[str]
    """SHA-256 of the content, hexadecimal."""
    by_id: Mapped[int] = ref("people.id")
    at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
