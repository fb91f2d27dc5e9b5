"""The pages about an account's login: its envelope, openings, drills and loans.

What is in an envelope stands on one page, the answer to a POST, which no browser keeps.
"""

from __future__ import annotations

from datetime import datetime, time

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import (
    custody,
    custody_access,
    custody_forms,
    custody_operations,
    queries,
    telling,
)
from console.accounts import custody_rules as rules
from console.accounts.custody_operations import Paper
from console.accounts.custody_rules import Form, Seal, Step
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, WrongState
from console.listing import row_number
from console.parts import State
from console.people import choosing
from console.people.rules import Permission, may
from console.phrases import STOCKHOLM
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("custody", __name__)

MARKS: dict[str, State] = {
    Step.ASKED: "waiting",
    Step.OPEN: "by_hand",
    Step.CLOSED: "confirmed",
    Step.PASSED: "confirmed",
    Step.FAILED: "refused",
    Step.WITHDRAWN: "stopped",
    Step.LAPSED: "expired",
}


@bp.get("/accounts/<int:account_id>/custody")
@needs(Permission.VIEW_CUSTODY)
def show(account_id: int) -> str:
    """Where the login is, and who has had it."""
    with unit_of_work() as session:
        ask, loan = custody_forms.AskForm(), custody_forms.LoanForm()
        return _page(session, account_id, ask, loan)


@bp.get("/accounts/<int:account_id>/custody/seal")
@needs(Permission.KEEP_LOGIN)
def seal(account_id: int) -> str:
    with unit_of_work() as session:
        today = clock.now().astimezone(STOCKHOLM).date()
        paper = custody_forms.PaperForm(formdata=None, sealed_on=today)
        return _seal_page(session, account_id, custody_forms.DigitalForm(), paper)


@bp.post("/accounts/<int:account_id>/custody/digital")
@needs(Permission.KEEP_LOGIN)
def seal_digital(account_id: int) -> Response | tuple[str, int]:
    form = custody_forms.DigitalForm()
    try:
        with unit_of_work() as session:
            custody_operations.seal_digital(
                session,
                g.person,
                account_id,
                form.content(),
                clock.now(),
                changed=form.changed.data,
            )
    except ConsoleError as error:
        show_faults(form, error)
        form.forget()
        with unit_of_work() as session:
            paper = custody_forms.PaperForm(formdata=None)
            return _seal_page(session, account_id, form, paper), error.status
    flash(_("Kuvertet är förseglat."))
    return redirect(url_for("custody.show", account_id=account_id))


@bp.post("/accounts/<int:account_id>/custody/paper")
@needs(Permission.RECEIVE_ENVELOPE)
def receive_paper(account_id: int) -> Response | tuple[str, int]:
    form = custody_forms.PaperForm()
    try:
        if form.sealed_on.data is None:
            form.sealed_on.process_errors.clear()
            raise BadInput(_("Skriv vilken dag kuvertet förseglades."), "sealed_on")
        paper = Paper(
            number=form.number.data or "",
            place=form.place.data or "",
            handed_in_by=form.handed_in_by.data or "",
            sealed_at=datetime.combine(form.sealed_on.data, time(12), STOCKHOLM),
            codes=form.codes.data,
        )
        with unit_of_work() as session:
            custody_operations.receive_paper(
                session,
                g.person,
                account_id,
                paper,
                clock.now(),
                changed=form.paper_changed.data,
            )
    except ConsoleError as error:
        show_faults(form, error, {"changed": "paper_changed"})
        with unit_of_work() as session:
            digital = custody_forms.DigitalForm(formdata=None)
            return _seal_page(session, account_id, digital, form), error.status
    flash(_("Kuvertet är mottaget."))
    return redirect(url_for("custody.show", account_id=account_id))


@bp.post("/accounts/<int:account_id>/custody/uses")
@needs(Permission.OPEN_ENVELOPE)
def ask(account_id: int) -> Response | tuple[str, int]:
    """Ask for a witness, to open or to drill."""
    form = custody_forms.AskForm()
    try:
        with unit_of_work() as session:
            kind, reason = form.kind.data or "", form.reason.data or ""
            use = custody_access.ask(session, g.person, account_id, kind, reason, clock.now())
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            loan = custody_forms.LoanForm(formdata=None)
            return _page(session, account_id, form, loan), error.status
    return redirect(url_for("custody.show_use", use_id=use.id))


@bp.post("/accounts/<int:account_id>/custody/loans")
@needs(Permission.KEEP_LOGIN)
def lend(account_id: int) -> Response | tuple[str, int]:
    form = custody_forms.LoanForm()
    try:
        with unit_of_work() as session:
            form.borrower.resolve(session)
            borrower_id = int(form.borrower.data or 0)
            custody_operations.lend(
                session,
                g.person,
                account_id,
                borrower_id,
                form.why_lent.data or "",
                clock.now(),
                mail=_mail(),
            )
    except ConsoleError as error:
        show_faults(form, error, {"reason": "why_lent"})
        with unit_of_work() as session:
            asking = custody_forms.AskForm(formdata=None)
            return _page(session, account_id, asking, form), error.status
    flash(_("Utlåningen är antecknad. Byt lösenordet när lånet är över."))
    return redirect(url_for("custody.show", account_id=account_id))


@bp.post("/accounts/<int:account_id>/custody/administrators/<int:person_id>")
@needs(Permission.RECEIVE_ENVELOPE)
def verify(account_id: int, person_id: int) -> Response:
    """An administrator of the page itself: verified, or no longer."""
    verified = request.form.get("verified") == "y"
    try:
        with unit_of_work() as session:
            custody_operations.verify_page_administrator(
                session, g.person, account_id, person_id, clock.now(), verified=verified
            )
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("custody.show", account_id=account_id))


@bp.get("/custody/<int:use_id>")
@needs(Permission.VIEW_CUSTODY)
def show_use(use_id: int) -> str:
    """One opening, drill or loan: what it waits for, and who can help."""
    with unit_of_work() as session:
        use = custody.use(session, use_id)
        now = clock.now()
        me = g.person
        mine = use.by_id == me.id
        administers = custody.administers(session, me, use.account_id)
        late = use.step == Step.ASKED and rules.lapsed(use.at, now)
        looks_until = (use.confirmed_at or now) + rules.SHOWN_WITHIN
        return render_template(
            "accounts/custody_use.html",
            use=use,
            account=use.account,
            platform=PLATFORMS[use.account.platform],
            exempt=rules.exempt(use.account.platform),
            kind=rules.KIND_LABELS[rules.Kind(use.kind)],
            step=rules.STEP_LABELS[Step.LAPSED if late else Step(use.step)],
            late=late,
            mine=mine,
            waits=use.step == Step.ASKED and not late,
            witness_until=use.at + rules.WITNESS_WITHIN,
            may_witness=not mine and rules.may_open(me.roles, administers),
            shows_until=looks_until,
            may_look=mine
            and use.step == Step.OPEN
            and use.shown_at is None
            and use.envelope is not None
            and use.envelope.content is not None
            and now <= looks_until,
            may_keep=rules.may_keep(me.roles, administers),
            to_ring=[p for p in telling.concerned(session, use.account) if p.id != me.id],
        )


@bp.post("/custody/<int:use_id>/witness")
@needs(Permission.OPEN_ENVELOPE)
def witness(use_id: int) -> Response:
    whole = request.form.get("whole", "y") == "y"
    try:
        with unit_of_work() as session:
            custody_access.witness(
                session, g.person, use_id, clock.now(), mail=_mail(), whole=whole
            )
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("custody.show_use", use_id=use_id))


@bp.post("/custody/<int:use_id>/withdraw")
@needs(Permission.OPEN_ENVELOPE)
def withdraw(use_id: int) -> Response:
    try:
        with unit_of_work() as session:
            custody_access.withdraw(session, g.person, use_id, clock.now())
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("custody.show_use", use_id=use_id))


@bp.post("/custody/<int:use_id>/content")
@needs(Permission.OPEN_ENVELOPE)
def show_content(use_id: int) -> Response:
    """What is in a digital envelope, once."""
    try:
        with unit_of_work() as session:
            content = custody_access.show(session, g.person, use_id, clock.now())
            account = custody.use(session, use_id).account
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("custody.show_use", use_id=use_id))
    page = render_template(
        "accounts/custody_content.html", content=content, account=account, use_id=use_id
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/custody/<int:use_id>/changed")
@needs(Permission.KEEP_LOGIN)
def confirm_changed(use_id: int) -> Response:
    try:
        with unit_of_work() as session:
            custody_operations.confirm_changed(session, g.person, use_id, clock.now())
        flash(_("Bekräftat."))
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("custody.show_use", use_id=use_id))


@bp.get("/account-notices/<int:notice_id>")
@needs(Permission.READ_NOTICE)
def notice(notice_id: int) -> str:
    with unit_of_work() as session:
        found = telling.mine(session, g.person, notice_id)
        number = found.account_id
        return render_template(
            "web/told.html",
            notice=found,
            about=_("Inkorg") if number is None else queries.account(session, number).name,
            read_url=url_for("custody.read_notice", notice_id=found.id),
        )


@bp.post("/account-notices/<int:notice_id>/read")
@needs(Permission.READ_NOTICE)
def read_notice(notice_id: int) -> Response:
    with unit_of_work() as session:
        telling.read(session, g.person, notice_id, clock.now())
    return redirect(url_for("custody.notice", notice_id=notice_id))


def _page(
    session: Session,
    account_id: int,
    ask_form: custody_forms.AskForm,
    loan_form: custody_forms.LoanForm,
) -> str:
    account = queries.account(session, account_id)
    administers = custody.administers(session, g.person, account_id)
    chosen = {row_number(loan_form.borrower.data)} - {0}
    loan_form.offer(choosing.offer(session, choosing.everybody(), chosen).but(g.person.id))
    kept, now = custody.kept(session, account_id), clock.now()
    uses = custody.uses(session, account_id)
    return render_template(
        "accounts/custody.html",
        account=account,
        platform=PLATFORMS[account.platform],
        exempt=rules.exempt(account.platform),
        settled=custody.settled(session, account),
        envelope=kept,
        sealed=kept is not None and kept.state == Seal.SEALED,
        digital=kept is not None and kept.form == Form.DIGITAL,
        forms=rules.FORM_LABELS,
        uses=uses,
        late={one.id for one in uses if one.step == Step.ASKED and rules.lapsed(one.at, now)},
        marks=MARKS,
        open_uses=custody.open_uses(session, account_id),
        kinds=rules.KIND_LABELS,
        steps=rules.STEP_LABELS,
        drill=custody.last_drill(session, account_id),
        verified=custody.verified(session, account_id),
        ask_form=ask_form,
        loan_form=loan_form,
        may_open=rules.may_open(g.person.roles, administers),
        may_keep=rules.may_keep(g.person.roles, administers),
        may_receive=may(g.person.roles, Permission.RECEIVE_ENVELOPE),
    )


def _seal_page(
    session: Session,
    account_id: int,
    digital: custody_forms.DigitalForm,
    paper: custody_forms.PaperForm,
) -> str:
    account = queries.account(session, account_id)
    return render_template(
        "accounts/custody_seal.html",
        account=account,
        platform=PLATFORMS[account.platform],
        exempt=rules.exempt(account.platform),
        digital=digital,
        paper=paper,
        had=bool(custody.open_uses(session, account_id)),
        may_keep=rules.may_keep(g.person.roles, custody.administers(session, g.person, account_id)),
        may_receive=may(g.person.roles, Permission.RECEIVE_ENVELOPE),
    )


def _mail() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.smtp_url)
