"""The pages of an account's life: the start notice, the plan, its marks, its end."""

from __future__ import annotations

from flask import (
    Blueprint,
    current_app,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts import plan_forms as forms
from console.accounts import (
    plan_operations,
    plan_pdf,
    plan_queries,
    plan_rules,
    platform_queries,
    signing_operations,
)
from console.accounts.plan_queries import Plan
from console.accounts.plan_shown import lines, often, shown
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current
from console.web.faults import show_faults
from console.web.guard import current_person, needs

bp = Blueprint("plans", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/accounts/propose")
@needs(Permission.PROPOSE_ACCOUNT)
def propose_page() -> str:
    form = forms.ProposalForm()
    with unit_of_work() as session:
        form.offer(platform_queries.keys(session))
    return render_template("accounts/plan_propose.html", form=form)


@bp.post("/accounts/propose")
@needs(Permission.PROPOSE_ACCOUNT)
def propose() -> Answer:
    form = forms.ProposalForm()
    try:
        with unit_of_work() as session:
            actor = current_person()
            account = plan_operations.propose(session, actor, form.proposal(), clock.now())
            account_id = account.id
    except ConsoleError as error:
        with unit_of_work() as session:
            form.offer(platform_queries.keys(session))
        show_faults(form, error)
        return render_template("accounts/plan_propose.html", form=form), error.status
    flash(_("Kontot är anmält. Svara nu på checklistan."))
    return redirect(url_for("plans.show", account_id=account_id))


@bp.get("/accounts/<int:account_id>/plan")
@needs(Permission.VIEW_ACCOUNTS)
def show(account_id: int) -> Answer:
    with unit_of_work() as session:
        return _page(session, account_id, forms.InquiryForm(), forms.ReasonForm())


@bp.post("/accounts/<int:account_id>/plan/inquiry")
@needs(Permission.EDIT_ACCOUNTS)
def answer_inquiry(account_id: int) -> Answer:
    form = forms.InquiryForm()
    fits = {plan_rules.YES: True, plan_rules.NO: False}.get(form.fits.data or "")
    try:
        with unit_of_work() as session:
            answer = form.answer.data or ""
            plan_operations.answer_inquiry(
                session, current_person(), account_id, fits, answer, clock.now()
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, form, forms.ReasonForm(None)), error.status
    flash(_("Svaret är sparat."))
    return _to_plan(account_id)


@bp.get("/accounts/<int:account_id>/plan/checklist")
@needs(Permission.WRITE_PLAN)
def checklist_page(account_id: int) -> str:
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        form = forms.checklist_form(plan.row.checklist if plan.row else {})
        return _checklist(plan, form)


@bp.post("/accounts/<int:account_id>/plan/checklist")
@needs(Permission.WRITE_PLAN)
def save_checklist(account_id: int) -> Answer:
    form = forms.checklist_form({})
    try:
        with unit_of_work() as session:
            missing = plan_operations.save_checklist(
                session, current_person(), account_id, form.answers(), clock.now()
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _checklist(plan_queries.plan(session, account_id), form), error.status
    if missing:
        for key, sentence in missing.items():
            form._fields[key].errors = [sentence]
        flash(_("Sparat. %(n)s frågor saknar svar.", n=len(missing)))
        with unit_of_work() as session:
            return _checklist(plan_queries.plan(session, account_id), form)
    flash(_("Checklistan är klar. Nu kan ni skriva planen."))
    return redirect(url_for("plans.edit_page", account_id=account_id))


@bp.get("/accounts/<int:account_id>/plan/edit")
@needs(Permission.WRITE_PLAN)
def edit_page(account_id: int) -> Answer:
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        if plan.row is None or not plan.checklist_done:
            return redirect(url_for("plans.checklist_page", account_id=account_id))
        form = forms.PlanForm(data=forms.stored(plan.content, plan.row.edits))
        return _edit(session, plan, form)


@bp.post("/accounts/<int:account_id>/plan/edit")
@needs(Permission.WRITE_PLAN)
def save_plan(account_id: int) -> Answer:
    """Keep the plan, and with `act=submit` send it for signing; what was written is kept even
    where something is missing for that."""
    form, actor = forms.PlanForm(), current_person()
    submits = request.form.get("act") == "submit"
    try:
        with unit_of_work() as session:
            known = {p.email.casefold(): p for p in session.scalars(select(Person))}
            edits = form.edits.data or ""
            seen = int(edits) if edits.isdecimal() and len(edits) < 10 else -1
            row = plan_operations.save_plan(
                session, actor, account_id, form.content(known), seen, clock.now()
            )
            form.edits.data = str(row.edits)
        if submits:
            with unit_of_work() as session:
                plan_operations.submit_plan(session, actor, account_id, clock.now())
    except ConsoleError as error:
        show_faults(form, error, {"minutes_a_week": "hours", "minutes_set_aside": "set_aside"})
        with unit_of_work() as session:
            return _edit(session, plan_queries.plan(session, account_id), form), error.status
    flash(_("Planen väntar på underskrifter.") if submits else _("Sparat."))
    return _to_plan(account_id)


@bp.get("/accounts/<int:account_id>/plan/sign")
@needs(Permission.SIGN_PLAN)
def sign_page(account_id: int) -> Answer:
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        if plan.waiting is None:
            flash(_("Ingen plan väntar på underskrift."))
            return _to_plan(account_id)
        form = forms.SignForm(
            data={"seen_hash": plan.waiting.content_hash, "title": current_person().title}
        )
        return _sign(session, plan, form, forms.ReasonForm(None))


@bp.post("/accounts/<int:account_id>/plan/sign")
@needs(Permission.SIGN_PLAN)
def sign(account_id: int) -> Answer:
    form = forms.SignForm()
    try:
        if not form.agrees.data:
            raise BadInput(_("Kryssa i rutan om du skriver under."), "agrees")
        with unit_of_work() as session:
            signing_operations.sign(
                session,
                current_person(),
                account_id,
                form.seen_hash.data or "",
                clock.now(),
                title=form.title.data or "",
                place=form.place.data or "",
                comment=form.comment.data or "",
            )
    except ConsoleError as error:
        return _refused(account_id, error, form, forms.ReasonForm(None), form)
    flash(_("Underskriften är sparad."))
    return _to_plan(account_id)


@bp.post("/accounts/<int:account_id>/plan/return")
@needs(Permission.SIGN_PLAN)
def return_plan(account_id: int) -> Answer:
    form = forms.ReasonForm()
    try:
        with unit_of_work() as session:
            seen, reason = form.seen_hash.data or "", form.reason.data or ""
            signing_operations.return_plan(
                session, current_person(), account_id, seen, reason, clock.now()
            )
    except ConsoleError as error:
        return _refused(account_id, error, forms.SignForm(None), form, form)
    flash(_("Planen är returnerad."))
    return _to_plan(account_id)


@bp.post("/accounts/<int:account_id>/plan/activate")
@needs(Permission.EDIT_ACCOUNTS)
def activate(account_id: int) -> Answer:
    form = forms.ReasonForm(None)
    try:
        with unit_of_work() as session:
            signing_operations.activate(session, current_person(), account_id, clock.now())
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, forms.InquiryForm(None), form), error.status
    flash(_("Kontot är i bruk."))
    return _to_plan(account_id)


@bp.post("/accounts/<int:account_id>/plan/withdraw")
@needs(Permission.WRITE_PLAN)
def withdraw(account_id: int) -> Answer:
    form = forms.ReasonForm()
    try:
        with unit_of_work() as session:
            signing_operations.withdraw_proposal(
                session, current_person(), account_id, form.reason.data or "", clock.now()
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, forms.InquiryForm(None), form), error.status
    flash(_("Anmälan är tillbakadragen."))
    return _to_plan(account_id)


@bp.get("/accounts/<int:account_id>/end")
@needs(Permission.WRITE_PLAN)
def end_page(account_id: int) -> str:
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        return render_template("accounts/plan_end.html", plan=plan, form=forms.EndForm())


@bp.post("/accounts/<int:account_id>/end")
@needs(Permission.WRITE_PLAN)
def end(account_id: int) -> Answer:
    form = forms.EndForm()
    try:
        with unit_of_work() as session:
            signing_operations.end_account(
                session,
                current_person(),
                account_id,
                clock.now(),
                reason=form.reason.data or "",
                snapshot=form.snapshot.data or "",
                report=form.report.data or "",
                held_by=current_app.extensions["held_by"],
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            plan = plan_queries.plan(session, account_id)
            return render_template("accounts/plan_end.html", plan=plan, form=form), error.status
    flash(_("Kontot är avslutat. Historiken finns kvar här."))
    return _to_plan(account_id)


@bp.get("/accounts/<int:account_id>/plan/print")
@needs(Permission.VIEW_ACCOUNTS)
def print_page(account_id: int) -> Answer:
    """The newest version in the form's order, for paper (B1-l)."""
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        if plan.latest is None:
            flash(_("Planen är inte skickad för underskrift än."))
            return _to_plan(account_id)
        return render_template(
            "accounts/plan_print.html",
            plan=plan,
            version=plan.latest,
            lines=lines(session, plan_rules.from_json(plan.latest.content), plan.latest),
            view=shown(session, plan, current_person(), clock.now()),
            municipality=current(session).municipality,
        )


@bp.get("/accounts/<int:account_id>/plan/handlingsplan.pdf")
@needs(Permission.VIEW_ACCOUNTS)
def print_pdf(account_id: int) -> Answer:
    """The same as a file to keep (B1-l)."""
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        if plan.latest is None:
            flash(_("Planen är inte skickad för underskrift än."))
            return _to_plan(account_id)
        number = plan.latest.number
        with force_locale("sv"):
            under = get_template_attribute("accounts/plan_parts.html", "under")
            approved_under = under(plan.latest, paper=True).striptags()
        sheet = plan_pdf.sheet(session, plan, plan.latest, approved_under)
    name = f"handlingsplan-{account_id}-v{number}.pdf"
    answer = Response(plan_pdf.pdf(sheet), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _to_plan(account_id: int) -> Response:
    return redirect(url_for("plans.show", account_id=account_id))


def _page(
    session: Session, account_id: int, inquiry: forms.InquiryForm, reason: forms.ReasonForm
) -> str:
    plan = plan_queries.plan(session, account_id)
    person = current_person()
    return render_template(
        "accounts/plan.html",
        plan=plan,
        account=plan.account,
        view=shown(session, plan, person, clock.now()),
        inquiry_form=inquiry,
        reason_form=reason,
        may_edit=may(person.roles, Permission.EDIT_ACCOUNTS),
        may_view_custody=may(person.roles, Permission.VIEW_CUSTODY),
    )


def _checklist(plan: Plan, form: forms.ChecklistForm) -> str:
    return render_template(
        "accounts/plan_checklist.html", plan=plan, form=form, questions=plan_rules.CHECKLIST
    )


def _edit(session: Session, plan: Plan, form: forms.PlanForm) -> str:
    profile = current(session)
    form.offer(plan_queries.offered_purposes(session, plan.content), profile.max_admins)
    return render_template(
        "accounts/plan_edit.html",
        plan=plan,
        form=form,
        often=often(profile),
        least=profile.min_admins,
        most=profile.max_admins,
        view=shown(session, plan, current_person(), clock.now()),
    )


def _sign(session: Session, plan: Plan, form: forms.SignForm, reason: forms.ReasonForm) -> str:
    view = shown(session, plan, current_person(), clock.now())
    return render_template(
        "accounts/plan_sign.html",
        plan=plan,
        version=plan.waiting,
        view=view,
        form=form,
        reason_form=reason,
        person_name=current_person().name,
    )


def _refused(
    account_id: int,
    error: ConsoleError,
    form: forms.SignForm,
    reason: forms.ReasonForm,
    faulty: forms.SignForm | forms.ReasonForm,
) -> Answer:
    """The sign page with what was wrong; if nothing waits any more, the plan's page says so."""
    show_faults(faulty, error)
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        if plan.waiting is None:
            flash(error.message)
            return _to_plan(account_id)
        if form is not faulty:
            form.title.data = current_person().title
        # Who presses again has read what stands on this page.
        form.seen_hash.data = plan.waiting.content_hash
        return _sign(session, plan, form, reason), error.status
