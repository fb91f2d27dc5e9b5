"""*Källor*: what is read, how it goes, and what else could be."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.feeds.items import SENTENCES, Trouble
from console import clock
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.listing import row_number
from console.monitoring import feed_forms as forms
from console.monitoring import feed_operations, feed_rules, item_queries
from console.people.rules import Permission, may
from console.web.faults import shown_again
from console.web.guard import needs

bp = Blueprint("feeds", __name__)

Answer = Response | str | tuple[str, int]


@bp.app_template_global("feed_trouble")
def feed_trouble(trouble: str) -> str:
    """Why a source can't be read, as a sentence."""
    return _(SENTENCES[Trouble(trouble)])


@bp.get("/feeds")
@needs(Permission.VIEW_INBOX)
def index() -> str:
    with unit_of_work() as session:
        return _page(session, forms.SourceForm(formdata=None))


@bp.post("/feeds")
@needs(Permission.KEEP_FEEDS)
def follow() -> Answer:
    """One of those offered, or any address."""
    form = forms.SourceForm()
    try:
        with unit_of_work() as session:
            source = feed_operations.follow(
                session,
                g.person,
                clock.now(),
                authority=request.form.get("authority", ""),
                account_id=row_number(request.form.get("account")) or None,
                address=form.address.data or "",
                name=form.name.data or "",
                only=form.only.data or "",
            )
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("feeds.index"))
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, form))
    flash(_("%(name)s läses från och med nu.", name=source.name), "done")
    return redirect(url_for("feeds.index"))


@bp.post("/feeds/accounts")
@needs(Permission.KEEP_FEEDS)
def follow_accounts() -> Response:
    """Every account with a feed of its own, in one press."""
    with unit_of_work() as session:
        _authorities, found = item_queries.offered(session)
        for one in found:
            feed_operations.follow(session, g.person, clock.now(), account_id=one.id)
    flash(
        ngettext(
            "%(num)d konto läses från och med nu.",
            "%(num)d konton läses från och med nu.",
            len(found),
        ),
        "done",
    )
    return redirect(url_for("feeds.index"))


@bp.post("/feeds/<int:source_id>/stop")
@needs(Permission.KEEP_FEEDS)
def stop(source_id: int) -> Response:
    with unit_of_work() as session:
        feed_operations.stop(session, g.person, source_id, clock.now())
    flash(_("Källan läses inte längre. Det som kom står kvar."), "done")
    return redirect(url_for("feeds.index"))


def _page(session: Session, form: forms.SourceForm) -> str:
    authorities, accounts = item_queries.offered(session)
    return render_template(
        "feeds/list.html",
        form=form,
        found=item_queries.followed(session),
        overdue=clock.now() - feed_rules.OVERDUE,
        authorities=authorities,
        accounts=accounts,
        platform_name=platform_name,
        keeps=may(g.person.roles, Permission.KEEP_FEEDS),
    )
