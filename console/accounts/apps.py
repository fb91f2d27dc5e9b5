"""How the platforms know this installation: apps, their secrets sealed.

Whoever registers an app at a platform enters it here, once for the installation. A Mastodon server
gives us one by itself, the first time an account there is connected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.connecting import APPS, PUBLIC_APPS
from channels.oauth import App
from channels.web_address import is_key
from console import sealing
from console.accounts.connecting_models import PlatformApp
from console.errors import Faults, NotFound
from console.people.models import Person
from console.timeline.operations import record


@dataclass(frozen=True, slots=True)
class Shown:
    """An app, as its page shows it: never its secret."""

    key: str
    name: str
    client_id: str
    has_secret: bool
    public: bool
    """It may have no secret."""
    changed_at: datetime | None


def listed(session: Session) -> list[Shown]:
    """One for each of `APPS`, entered or not."""
    stored = {row.key: row for row in session.scalars(select(PlatformApp))}
    found = []
    for key, name in APPS.items():
        row = stored.get(key)
        found.append(
            Shown(
                key,
                name,
                row.client_id if row else "",
                bool(row and row.sealed),
                key in PUBLIC_APPS,
                row.changed_at if row else None,
            )
        )
    return found


def app(session: Session, key: str, redirect: str | None = None) -> App | None:
    """The app that a platform, or a Mastodon server, knows us as; None: nobody has entered it, or
    it was registered with another address of ours than `redirect`.

    Raises:
        KeyTrouble: its secret can't be opened.
    """
    row = session.scalars(select(PlatformApp).where(PlatformApp.key == key)).one_or_none()
    if row is None or (redirect is not None and row.redirect != redirect):
        return None
    return App(row.client_id, str(sealing.unseal(row.sealed).get("client_secret", "")))


def enter(
    session: Session, actor: Person, key: str, client_id: str, client_secret: str, now: datetime
) -> None:
    """Write down an app that somebody has registered at a platform.

    Args:
        client_secret: "" keeps what is stored, as long as the app is the same.

    Raises:
        NotFound: no such platform.
        Faults: `client_id`, `secret_app`.
    """
    if key not in APPS:
        raise NotFound(_("Plattformen finns inte."))
    client_id, client_secret = client_id.strip(), client_secret.strip()
    row = _held(session, key)
    faults = {}
    if not is_key(client_id):
        faults["client_id"] = _("Klistra in appens id som det är.")
    if client_secret and not is_key(client_secret):
        faults["secret_app"] = _("Klistra in appens hemlighet som den är.")
    kept = row is not None and row.client_id == client_id and row.sealed is not None
    if not client_secret and not kept and key not in PUBLIC_APPS:
        faults["secret_app"] = _("Klistra in appens hemlighet.")
    if faults:
        raise Faults(faults)
    sealed = row.sealed if row is not None and kept else None
    if client_secret:
        sealed = sealing.seal({"client_secret": client_secret})
    _put(session, row, key, client_id, sealed, "", actor.id, now)


def keep_registered(session: Session, server: str, app: App, redirect: str, now: datetime) -> None:
    """Write down the app that a Mastodon server has just given us."""
    sealed = sealing.seal({"client_secret": app.client_secret})
    _put(session, _held(session, server), server, app.client_id, sealed, redirect, None, now)


def forget(session: Session, server: str) -> None:
    """A Mastodon server doesn't know our app any more: the next connecting asks for another."""
    if server not in APPS and (row := _held(session, server)) is not None:
        session.delete(row)


def _held(session: Session, key: str) -> PlatformApp | None:
    query = select(PlatformApp).where(PlatformApp.key == key).with_for_update()
    return session.scalars(query).one_or_none()


def _put(
    session: Session,
    row: PlatformApp | None,
    key: str,
    client_id: str,
    sealed: bytes | None,
    redirect: str,
    person_id: int | None,
    now: datetime,
) -> None:
    if row is None:
        row = PlatformApp(key=key)
        session.add(row)
    row.client_id, row.sealed, row.redirect = client_id, sealed, redirect
    row.changed_at, row.changed_by_id = now, person_id
    session.flush()
    body = {"app": key, "secret": sealed is not None}
    record(session, "app:entered", body=body, now=now, person_id=person_id)
