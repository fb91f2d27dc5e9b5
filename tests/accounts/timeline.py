"""What the timeline says, for tests."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from console import db
from console.timeline.models import Body, Entry


def entries(prefix: str = "account:") -> list[dict[str, Any]]:
    """Bodies of the entries whose tag begins with `prefix`, oldest first."""
    with db.unit_of_work() as session:
        query = select(Body.canonical).join(Entry).where(Entry.tag.startswith(prefix))
        return [json.loads(text or "") for text in session.scalars(query.order_by(Entry.n))]
