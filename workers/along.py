"""The pictures that go along with a round's posts: its cards, then the message's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.contract import Picture
from channels.platforms import PLATFORMS, Pictures
from console.errors import WrongState
from console.logs import get_logger
from console.messages import envelope
from console.messages.models import Broadcast, Round, VersionPart
from console.messages.operations.delivery import Claimed
from console.messages.rules import Act
from console.pictures import rules
from console.pictures.operations import Drawn, Uploaded, drawn_among, uploaded_among
from console.site.pictures import address_of

log = get_logger("fanout")


class Along:
    """What one job needs of them, read once, so that every post carries the same bytes.

    Args:
        site_url: of the public site, from where some platforms fetch them.
    """

    def __init__(self, round_id: int, site_url: str) -> None:
        self.round_id, self.site_url = round_id, site_url
        self._cards: dict[int, Drawn | None] = {}
        """None: it was given up."""
        self._own: dict[str, tuple[envelope.OwnImage, ...]] | None = None
        """By language, as they were approved."""
        self._bytes: dict[str, Uploaded] = {}

    def load(self, session: Session, rows: Sequence[Claimed]) -> None:
        """Read what these rows carry and isn't known yet."""
        if self._own is None:
            self._own = _approved(session, self.round_id)
            digests = {one.digest for own in self._own.values() for one in own}
            self._bytes = {one.digest: one for one in uploaded_among(session, digests)}
        new = {one.picture_id for one in rows if one.picture_id} - self._cards.keys()
        if new:
            drawn = {one.id: one for one in drawn_among(session, new)}
            self._cards |= {one: drawn.get(one) for one in new}

    def of(self, row: Claimed) -> tuple[Picture, ...]:
        """A post's pictures, as its channel is given them."""
        how = _how(row.kind)
        if how is None or row.act == Act.EDIT:
            return ()
        card = self._cards.get(row.picture_id) if row.picture_id else None
        found = [] if card is None else [self._card(card, how)]
        for one in (self._own or {}).get(row.language, ()):
            if (kept := self._bytes.get(one.digest)) is not None:
                found.append(self._image(kept, one.alt, how))
        return tuple(found)

    def _card(self, card: Drawn, how: Pictures) -> Picture:
        return Picture(
            data=card.data,
            media_type=card.media_type,
            alt=_within(card.alt, how.alt),
            width=card.width,
            height=card.height,
            address=address_of(self.site_url, card.name) if how.fetched else None,
        )

    def _image(self, kept: Uploaded, alt: str, how: Pictures) -> Picture:
        upright = how.shape == "portrait"
        size = rules.SIZES["portrait"]
        return Picture(
            data=kept.portrait if upright else kept.data,
            media_type="image/jpeg",
            alt=_within(alt, how.alt),
            width=size.width if upright else kept.width,
            height=size.height if upright else kept.height,
            address=address_of(self.site_url, kept.portrait_name) if how.fetched else None,
        )


def _approved(session: Session, round_id: int) -> dict[str, tuple[envelope.OwnImage, ...]]:
    """Language → the message's own pictures, from the very bytes that were approved."""
    broadcast = session.scalars(
        select(Broadcast)
        .join(Round, Round.broadcast_id == Broadcast.id)
        .where(Round.id == round_id)
    ).one()
    try:
        frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
        found = {"sv": frozen.images}
        if frozen.images:
            for part in session.scalars(
                select(VersionPart).where(
                    VersionPart.version_id == broadcast.version_id,
                    VersionPart.state == "approved",
                )
            ):
                read = envelope.read_part(part.canonical, part.content_hash)
                found[read.language] = read.images
        return found
    except WrongState:
        # The texts were written while it still was what had been approved; its pictures aren't now.
        log.error("pictures_not_as_approved", round=round_id)
        return {}


def _within(alt: str, most: int) -> str:
    return alt if len(alt) <= most else rules.shorten(alt, most)


@cache
def _how(kind: str) -> Pictures | None:
    """How the platform of a channel takes pictures."""
    return next((one.pictures for one in PLATFORMS.values() if one.kind == kind), None)
