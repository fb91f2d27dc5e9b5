"""The yearly check of a profile, the yearly page of one's own accounts, and who is the sender."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import plan_queries
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.config import Settings
from console.db import unit_of_work
from console.errors import ConsoleError, NotFound, WrongState
from console.listing import row_number
from console.people.rules import Permission
from console.policy.queries import current
from console.upkeep import forms, operations, profile_text, queries, rules, shown
from console.upkeep.rules import Item, Sender
from console.web.faults import show_faults, shown_again
from console.web.guard import needs

bp = Blueprint("upkeep", __name__)

Answer = Response | str | tuple[str, int]


@bp.app_template_global("upkeep_of")
def upkeep_of(account: Account) -> shown.Shown:
    """For the account's own page, in the unit of work that it is drawn in."""
    session = object_session(account)
    if session is None:
        raise RuntimeError("the account's page is drawn inside its unit of work")
    return shown.of_account(session, account, g.person, clock.now())


@bp.get("/accounts/<int:account_id>/profile")
@needs(Permission.LOOK_AFTER)
def profile(account_id: int) -> Answer:
    with unit_of_work() as session:
        return _profile_page(session, account_id, forms.check_form()(formdata=None))


@bp.post("/accounts/<int:account_id>/profile")
@needs(Permission.LOOK_AFTER)
def check(account_id: int) -> Answer:
    form = forms.check_form()()
    try:
        with unit_of_work() as session:
            made = operations.check_profile(
                session,
                g.person,
                account_id,
                forms.answers(form),
                form.evidence.data or "",
                clock.now(),
            )
            lacks = len(queries.missing(session, [made.account_id]).get(made.account_id, ()))
    except ConsoleError as error:
        return shown_again(
            form, error, lambda session: _profile_page(session, account_id, form), forms.FIELD_NAMES
        )
    if lacks:
        flash(
            ngettext("Sparat. %(num)d uppgift saknas.", "Sparat. %(num)d uppgifter saknas.", lacks)
        )
    else:
        flash(_("Sparat. Profilen har allt som behövs."))
    return _to_account(account_id)


@bp.get("/accounts/<int:account_id>/profile/<item>")
@needs(Permission.LOOK_AFTER)
def mend_page(account_id: int, item: str) -> Answer:
    with unit_of_work() as session:
        return _mend_page(session, account_id, item, forms.MendForm(formdata=None))


@bp.post("/accounts/<int:account_id>/profile/<item>")
@needs(Permission.LOOK_AFTER)
def mend(account_id: int, item: str) -> Answer:
    form = forms.MendForm()
    try:
        with unit_of_work() as session:
            note = form.note.data or ""
            operations.mend_item(session, g.person, account_id, item, note, clock.now())
    except WrongState as error:
        flash(error.message, "error")
        return _to_account(account_id)
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _mend_page(session, account_id, item, form))
    flash(_("Åtgärdat."))
    return _to_account(account_id)


@bp.get("/accounts/<int:account_id>/dialogue")
@needs(Permission.LOOK_AFTER)
def dialogue(account_id: int) -> Answer:
    with unit_of_work() as session:
        row = queries.habits(session, account_id)
        form = forms.DialogueForm(formdata=None)
        if row is not None:
            form.comments_open.data = "yes" if row.comments_open else "no"
            form.answers_given.data = "yes" if row.answers_given else "no"
            form.sender.data = row.sender
        return _dialogue_page(session, account_id, form)


@bp.post("/accounts/<int:account_id>/dialogue")
@needs(Permission.LOOK_AFTER)
def save_dialogue(account_id: int) -> Answer:
    form = forms.DialogueForm()
    try:
        with unit_of_work() as session:
            operations.save_habits(
                session,
                g.person,
                account_id,
                clock.now(),
                comments_open=forms.YES_OR_NO.get(form.comments_open.data or ""),
                answers_given=forms.YES_OR_NO.get(form.answers_given.data or ""),
                sender=form.sender.data or "",
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _dialogue_page(session, account_id, form))
    flash(_("Sparat."))
    return _to_account(account_id)


@bp.get("/yearly")
@needs(Permission.LOOK_AFTER)
def yearly() -> Answer:
    """All of one's own accounts, with what is due on them (5-c)."""
    with unit_of_work() as session:
        return _yearly_page(session, forms.EvidenceForm(formdata=None))


@bp.post("/yearly")
@needs(Permission.LOOK_AFTER)
def confirm() -> Answer:
    form = forms.EvidenceForm()
    try:
        with unit_of_work() as session:
            recorded = operations.confirm_year(
                session,
                g.person,
                _numbers("logout"),
                _numbers("profile"),
                form.evidence.data or "",
                clock.now(),
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _yearly_page(session, form), error.status
    flash(ngettext("%(num)d sak är bekräftad.", "%(num)d saker är bekräftade.", recorded))
    return redirect(url_for("upkeep.yearly"))


def _numbers(name: str) -> list[int]:
    found = map(row_number, request.form.getlist(name))
    return [one for one in found if one]


def _to_account(account_id: int) -> Response:
    return redirect(url_for("accounts.show", account_id=account_id))


def _own(session: Session, account_id: int) -> Account:
    """
    Raises:
        NotFound, NotAllowed.
    """
    account = accounts.account(session, account_id)
    operations.need_keeper(session, g.person, account)
    return account


def _profile_page(session: Session, account_id: int, form: forms.EvidenceForm) -> str:
    account = _own(session, account_id)
    policy = current(session)
    content = plan_queries.plan(session, account_id).content
    settings: Settings = current_app.config["SETTINGS"]
    texts = profile_text.texts(
        policy, account, settings.public_url, content.purpose_text, content.watch
    )
    return render_template(
        "upkeep/profile.html",
        account=account,
        platform=platform_name(account.platform),
        form=form,
        items=list(Item),
        logo=policy.logo,
        last=queries.last_check(session, account_id),
        before=queries.items(session, [account_id]).get(account_id, {}),
        found=rules.FOUND_LABELS,
        texts=texts,
        open=rules.looked_after(account.platform, account.state),
    )


def _mend_page(session: Session, account_id: int, item: str, form: forms.MendForm) -> str:
    account = _own(session, account_id)
    row = queries.items(session, [account_id]).get(account_id, {}).get(item)
    if row is None or row.found != rules.Found.MISSING:
        raise NotFound(_("Uppgiften saknas inte längre."))
    return render_template(
        "upkeep/mend.html",
        account=account,
        platform=platform_name(account.platform),
        form=form,
        row=row,
        label=rules.ITEM_LABELS[Item(item)],
    )


def _dialogue_page(session: Session, account_id: int, form: forms.DialogueForm) -> str:
    account = _own(session, account_id)
    return render_template(
        "upkeep/dialogue.html",
        account=account,
        platform=platform_name(account.platform),
        personal=PLATFORMS[account.platform].personal_login,
        notes={
            Sender.BEHIND.value: _("Tillåtet där plattformen bara har personliga konton."),
            Sender.PRIVATE.value: _("Det får inte vara så."),
        },
        form=form,
    )


def _yearly_page(session: Session, form: forms.EvidenceForm) -> str:
    now = clock.now()
    mine = queries.mine(session, g.person.id)
    ids, logo = [one.id for one in mine], current(session).logo
    last = queries.last_checks(session, ids)
    return render_template(
        "upkeep/yearly.html",
        form=form,
        logouts=queries.logouts(session, g.person.id, mine, now),
        checks={one.account.id: one for one in queries.checks(session, mine, now)},
        whole=queries.whole(last, queries.items(session, ids), logo),
        other_logo={number for number, check in last.items() if check.logo != logo},
        chosen={"logout": _numbers("logout"), "profile": _numbers("profile")},
        platform_name=platform_name,
    )
