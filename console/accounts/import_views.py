"""The register from a file and to a file; what an account shows to prove that it is ours."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from console import clock, listing
from console.accounts import importing, queries, rules, sheets, table
from console.accounts.import_plan import Plan, Verdict
from console.accounts.models import Account
from console.config import Settings
from console.db import unit_of_work
from console.errors import ConsoleError
from console.people.rules import Permission
from console.policy.queries import current
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("register", __name__)

ROWS = 100
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
VERDICTS = {
    Verdict.REFUSE: _l("Tas inte med"),
    Verdict.CREATE: _l("Läggs till"),
    Verdict.CHANGE: _l("Ändras"),
    Verdict.SAME: _l("Är redan så"),
}


class FileForm(FlaskForm):
    file = FileField(_l("Fil med konton"))


@bp.get("/accounts/import")
@needs(Permission.IMPORT_ACCOUNTS)
def choose() -> str:
    return _choose_page(FileForm())


@bp.post("/accounts/import")
@needs(Permission.IMPORT_ACCOUNTS)
def show_file() -> Response | tuple[str, int]:
    """Keep the file and show what it would do; the register isn't touched."""
    form, sent = FileForm(), request.files.get("file")
    content = sent.stream.read(sheets.LARGEST + 1) if sent else b""
    name = sent.filename or "" if sent else ""
    try:
        with unit_of_work() as session:
            shown = importing.show(session, g.person, name, content, clock.now())
    except ConsoleError as error:
        show_faults(form, error)
        return _choose_page(form), error.status
    return redirect(url_for("register.preview", import_id=shown.id), 303)


@bp.get("/accounts/import/<int:import_id>")
@needs(Permission.IMPORT_ACCOUNTS)
def preview(import_id: int) -> str:
    with unit_of_work() as session:
        return _preview_page(session, import_id)


@bp.post("/accounts/import/<int:import_id>/confirm")
@needs(Permission.IMPORT_ACCOUNTS)
def confirm(import_id: int) -> Response | tuple[str, int]:
    digest, seen = request.form.get("digest", ""), request.form.get("seen", "")
    try:
        with unit_of_work() as session:
            plan = importing.confirm(session, g.person, import_id, digest, seen, clock.now())
    except ConsoleError as error:
        flash(error.message, "error")
        with unit_of_work() as session:
            return _preview_page(session, import_id), error.status
    counts = Counter(row.verdict for row in plan.rows)
    flash(
        _(
            "Inlagt: %(new)s, %(changed)s.",
            new=ngettext("%(num)s nytt konto", "%(num)s nya konton", counts[Verdict.CREATE]),
            changed=ngettext("%(num)s ändrat", "%(num)s ändrade", counts[Verdict.CHANGE]),
        )
    )
    return redirect(url_for("accounts.index"), 303)


@bp.get("/accounts/export.csv", defaults={"kind": "csv"})
@bp.get("/accounts/export.xlsx", defaults={"kind": "xlsx"})
@needs(Permission.IMPORT_ACCOUNTS)
def export(kind: str) -> Response:
    """The whole register, ended accounts too; it imports back with no change."""
    with unit_of_work() as session:
        rows = [table.row(account) for account in queries.all_accounts(session)]
    if kind == "csv":
        content = sheets.write_csv(table.headings(), rows)
    else:
        content = sheets.write_xlsx("Konton", table.headings(), rows)
    response = Response(content, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="konton.{kind}"'
    return response


@bp.get("/accounts/<int:account_id>/badge")
@needs(Permission.VIEW_ACCOUNTS)
def badge(account_id: int) -> str:
    """A text for the account's own profile, with the address where anybody can check it."""
    with unit_of_work() as session:
        account = queries.account(session, account_id)
        sender = current(session).municipality
    listed = account.public and account.state == rules.State.ACTIVE
    return render_template(
        "accounts/badge.html",
        account=account,
        listed=listed,
        texts=_badges(account, sender) if listed else (),
        print_url=f"{_site_address()}/konton/utskrift.html",
    )


def _badges(account: Account, sender: str) -> tuple[tuple[str, str], ...]:
    """(language, text)"""
    page = f"konton/{account.id}.html"
    return (
        ("sv", f"Ett konto för {sender}. Kontrollera: {_site_address()}/{page}"),
        ("en", f"An account of {sender}. Check: {_site_address()}/en/{page}"),
    )


def _site_address() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url


def _choose_page(form: FileForm) -> str:
    return render_template(
        "accounts/import.html",
        form=form,
        columns=[(heading, field in table.REQUIRED) for field, (heading, _label)
                 in table.COLUMNS.items()],
        most=sheets.MOST_ROWS,
    )  # fmt: skip


def _preview_page(session: Session, import_id: int) -> str:
    shown = importing.get(session, import_id)
    plan = importing.plan_of(session, shown, clock.now())
    counts = Counter(row.verdict for row in plan.rows) if plan else Counter()
    verdict = _chosen(counts)
    rows = [row for row in plan.rows if row.verdict == verdict] if plan else []
    pages = max(1, -(-len(rows) // ROWS))
    page = min(listing.number(request.args.get("page")), pages)
    return render_template(
        "accounts/import_preview.html",
        shown=shown,
        plan=plan,
        counts=[(one, VERDICTS[one], counts[one]) for one in Verdict],
        verdict=verdict,
        verdicts=VERDICTS,
        rows=rows[(page - 1) * ROWS : page * ROWS],
        total=len(rows),
        page=page,
        pages=pages,
        labels={field: label for field, (_heading, label) in table.COLUMNS.items()},
        applies=counts[Verdict.CREATE] + counts[Verdict.CHANGE],
        button_text=_button(plan, counts),
        in_use=rules.IN_USE,
        found_in_use=rules.FOUND_IN_USE,
    )


def _chosen(counts: Counter[Verdict]) -> Verdict:
    """What the address asks for; else what most needs looking at."""
    asked = request.args.get("show", "")
    if asked in frozenset(Verdict):
        return Verdict(asked)
    return next((one for one in Verdict if counts[one]), Verdict.SAME)


def _button(plan: Plan | None, counts: Counter[Verdict]) -> str:
    if plan is None:
        return ""
    new, changed = counts[Verdict.CREATE], counts[Verdict.CHANGE]
    parts = []
    if new:
        parts.append(ngettext("Lägg till %(num)s konto", "Lägg till %(num)s konton", new))
    if changed:
        parts.append(
            ngettext("ändra %(num)s", "ändra %(num)s", changed)
            if new
            else ngettext("Ändra %(num)s konto", "Ändra %(num)s konton", changed)
        )
    return str(" " + _("och") + " ").join(parts)
