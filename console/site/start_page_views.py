"""The page a web editor can be sent: what to put into the start page, and whether it works."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.registry import WEBSITE
from console import clock
from console.accounts import queries, start_page
from console.accounts.models import Account
from console.accounts.start_page_models import StartPage
from console.config import Settings
from console.db import unit_of_work
from console.errors import NotFound
from console.incidents.models import Incident
from console.incidents.views.common import show_in_band
from console.people.rules import Permission, may
from console.site import start_page_operations as operations
from console.site.start_page_models import StartPageEvent
from console.site.start_page_rules import PATIENCE
from console.site.start_page_words import says
from console.web.guard import current_person, needs

bp = Blueprint("start_pages", __name__)

SCRIPT = """<div data-budkavle-src="{address}"></div>
<script>
for (const place of document.querySelectorAll("[data-budkavle-src]")) {{
  const fill = () => fetch(place.dataset.budkavleSrc)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject()))
    .then((text) => {{ place.innerHTML = text; }}, () => {{}});
  fill();
  setInterval(fill, 60000);
}}
</script>"""
"""Without an answer what stood there stays."""


@bp.get("/accounts/<int:account_id>/start-page")
@needs(Permission.VIEW_ACCOUNTS)
def show(account_id: int) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work() as session:
        account = _website(session, account_id)
        show_in_band(session, None)
        now = clock.now()
        named = account.settings.get("start_page", "")
        page = session.get(StartPage, account_id)
        events = session.execute(
            select(StartPageEvent, Incident.name)
            .join(Incident, Incident.id == StartPageEvent.incident_id)
            .where(StartPageEvent.account_id == account_id, Incident.state == "open")
            .order_by(Incident.id)
        ).all()
        fragment = f"{settings.public_url}/nu.html"
        return render_template(
            "site_console/start_page.html",
            account=account,
            address=named,
            page=page if page is not None and page.address == named else None,
            standing=start_page.standing(page, named, now) if named and page else None,
            events=events,
            shown=says,
            patience=int(PATIENCE.total_seconds() // 60),
            fragment=fragment,
            others=(
                (_("På engelska"), f"{settings.public_url}/en/nu.html"),
                ("JSON", f"{settings.public_url}/nu.json"),
                (_("Alla meddelanden, Atom"), f"{settings.public_url}/atom.xml"),
                (_("Alla meddelanden, JSON Feed"), f"{settings.public_url}/feed.json"),
            ),
            script=SCRIPT.format(address=fragment),
            may_edit=may(current_person().roles, Permission.EDIT_ACCOUNTS),
        )


@bp.post("/accounts/<int:account_id>/start-page")
@needs(Permission.VIEW_ACCOUNTS)
def look(account_id: int) -> ResponseReturnValue:
    """Look once more, soon."""
    with unit_of_work() as session:
        _website(session, account_id)
        operations.look_now(session, clock.now(), account_id)
    flash(_("Kontrolleras nu. Svaret syns om en stund."))
    return redirect(url_for("start_pages.show", account_id=account_id), 303)


def _website(session: Session, account_id: int) -> Account:
    """
    Raises:
        NotFound: no such account, or it isn't the website.
    """
    account = queries.account(session, account_id)
    if account.kind != WEBSITE:
        raise NotFound(_("Bara webbplatsens konto har en startsida."))
    return account
