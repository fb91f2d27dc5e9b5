"""The archive (4.4): what is handed over, one delivery, and an account's pictures."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.archive import deliveries, disposal, forms, queries, rules, snapshots
from console.archive import delivery_views as shown
from console.archive import snapshot_pdf as files
from console.archive.rules import DeliveryState
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotAllowed, WrongState
from console.incidents.views.common import mail_is_set_up
from console.people.rules import Permission, may
from console.pictures.reencoding import MOST_BYTES
from console.upkeep.rules import IN_USE, has_profile
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("archive", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/archive")
@needs(Permission.VIEW_ARCHIVE)
def index() -> str:
    show = "all" if request.args.get("show") == "all" else "open"
    with unit_of_work() as session:
        return render_template(
            "archive/index.html",
            which=show,
            found=queries.page_of(session, show, listing.number(request.args.get("page"))),
            marks=shown.MARKS,
            labels=shown.LABELS,
            title_of=shown.title,
            page_url=page_url(),
            backups=queries.backups(session),
            backup_within=rules.BACKUP_WITHIN,
            restored_within=rules.RESTORED_WITHIN,
            unproved_since=queries.unproved_since(session, clock.now()),
            rules=[one for one in disposal.all_rules(session) if one.ended_at is None],
        )


@bp.get("/archive/deliveries/<int:delivery_id>")
@needs(Permission.VIEW_ARCHIVE)
def delivery(delivery_id: int) -> str:
    with unit_of_work() as session:
        receipt, again = forms.ReceiptForm(formdata=None), forms.HandOverForm(formdata=None)
        return _delivery_page(session, delivery_id, receipt, again)


@bp.post("/archive/deliveries/<int:delivery_id>/file")
@needs(Permission.RECEIVE_RECORDS)
def fetch(delivery_id: int) -> Response:
    """A press, not a link: every time stands in the timeline."""
    with unit_of_work() as session:
        found = queries.delivery(session, delivery_id)
        return shown.fetched(session, g.person, found, clock.now(), by_link=False)


@bp.post("/archive/deliveries/<int:delivery_id>/receipt")
@needs(Permission.RECEIVE_RECORDS)
def receive(delivery_id: int) -> Answer:
    form = forms.ReceiptForm()
    try:
        with unit_of_work() as session:
            number = form.number.data or ""
            deliveries.receive(session, g.person, delivery_id, number, clock.now(), by_link=False)
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("archive.delivery", delivery_id=delivery_id))
    except ConsoleError as error:
        again = forms.HandOverForm(formdata=None)
        return shown_again(
            form, error, lambda session: _delivery_page(session, delivery_id, form, again)
        )
    flash(_("Kvittot är lämnat."), "done")
    return redirect(url_for("archive.delivery", delivery_id=delivery_id))


@bp.post("/archive/deliveries/<int:delivery_id>/again")
@needs(Permission.HAND_OVER_RECORDS)
def send_again(delivery_id: int) -> Answer:
    form = forms.HandOverForm()
    try:
        with unit_of_work() as session:
            to = shown.receiver(session, form)
            deliveries.send_again(
                session, g.person, delivery_id, to, clock.now(), mail=mail_is_set_up()
            )
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("archive.delivery", delivery_id=delivery_id))
    except ConsoleError as error:
        receipt = forms.ReceiptForm(formdata=None)
        return shown_again(
            form, error, lambda session: _delivery_page(session, delivery_id, receipt, form)
        )
    flash(_("Skickas igen."), "done")
    return redirect(url_for("archive.delivery", delivery_id=delivery_id))


@bp.get("/accounts/<int:account_id>/archive")
@needs(Permission.VIEW_ACCOUNTS)
def account(account_id: int) -> str:
    """What is asked of an account, what was taken, and what the archive has received."""
    with unit_of_work() as session:
        return _account_page(session, account_id, forms.SnapshotForm(formdata=None),
                             forms.HandOverForm(formdata=None))  # fmt: skip


@bp.post("/accounts/<int:account_id>/archive")
@needs(Permission.TAKE_SNAPSHOT)
def take(account_id: int) -> Answer:
    form = forms.SnapshotForm()
    try:
        if form.taken_at.process_errors:
            raise BadInput(_("Skriv dag och klockslag, eller lämna tomt."), field="taken_at")
        with unit_of_work() as session:
            # Before the upload is read: that takes a process of its own.
            snapshots.need_taker(session, g.person, accounts.account(session, account_id))
        sent = request.files.get("file")
        taken = files.read(b"" if sent is None else sent.stream.read(MOST_BYTES + 1))
        with unit_of_work() as session:
            made = snapshots.take(
                session, g.person, account_id, taken, form.taken_at.moment, clock.now(),
                mail=mail_is_set_up(),
            )  # fmt: skip
            to = "" if made.to is None else made.to.name
    except ConsoleError as error:
        over = forms.HandOverForm(formdata=None)
        return shown_again(
            form, error, lambda session: _account_page(session, account_id, form, over)
        )
    flash(
        _("Sparad, och skickad till %(name)s.", name=to)
        if to
        else _("Sparad. Ingen är arkivarie, så den väntar i arkivet."),
        "done",
    )
    return redirect(url_for("archive.account", account_id=account_id))


@bp.post("/accounts/<int:account_id>/archive/hand-over")
@needs(Permission.HAND_OVER_RECORDS)
def hand_over_account(account_id: int) -> Answer:
    form = forms.HandOverForm()
    try:
        with unit_of_work() as session:
            to = shown.receiver(session, form)
            deliveries.hand_over_account(session, g.person, account_id, to, clock.now())
    except ConsoleError as error:
        picture = forms.SnapshotForm(formdata=None)
        return shown_again(
            form, error, lambda session: _account_page(session, account_id, picture, form)
        )
    flash(_("Paketet görs nu. Länken skickas när det är klart."), "done")
    return redirect(url_for("archive.account", account_id=account_id))


def _delivery_page(
    session: Session, delivery_id: int, receipt: forms.ReceiptForm, again: forms.HandOverForm
) -> str:
    found = queries.delivery(session, delivery_id)
    receives = may(g.person.roles, Permission.RECEIVE_RECORDS)
    there = found.snapshot_id is not None or bool(found.file)
    sends = found.state in rules.AGAIN and may(g.person.roles, Permission.HAND_OVER_RECORDS)
    if sends:
        shown.offer(session, again)
    return render_template(
        "archive/delivery.html",
        one=found,
        title=shown.title(found),
        sign=shown.MARKS[found.state],
        label=shown.LABELS[found.state],
        can_fetch=receives and there,
        receipt=shown.receipt_form(found, receipt)
        if receives and found.state == DeliveryState.READY
        else None,
        again=again if sends else None,
    )


def _account_page(
    session: Session, account_id: int, form: forms.SnapshotForm, over: forms.HandOverForm
) -> str:
    found = accounts.account(session, account_id)
    try:
        snapshots.need_taker(session, g.person, found)
        takes = found.state in IN_USE
    except NotAllowed:
        takes = False
    hands_over = may(g.person.roles, Permission.HAND_OVER_RECORDS)
    if hands_over:
        shown.offer(session, over)
    sees = may(g.person.roles, Permission.VIEW_ARCHIVE)
    return render_template(
        "archive/account.html",
        account=found,
        platform=platform_name(found.platform),
        pictured=has_profile(found.platform),
        tasks=queries.open_tasks(session, account_id) if found.state in IN_USE else (),
        reasons=rules.REASON_LABELS,
        deliveries=queries.deliveries_of_account(session, account_id),
        marks=shown.MARKS,
        labels=shown.LABELS,
        title_of=shown.title,
        sees=sees,
        form=form if takes else None,
        over=over if hands_over else None,
    )
