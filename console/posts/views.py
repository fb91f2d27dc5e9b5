"""Ordinary posts: written, read through, released, taken back, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, NotFound
from console.incidents.views.common import show_in_band
from console.messages.forms import LinkForm
from console.messages.models import Delivery, Message
from console.messages.operations import settling
from console.people.rules import Permission
from console.policy.queries import live_use_is_on
from console.posts import queries, rules, shown
from console.posts.forms import ConfirmForm, PostForm, SearchForm
from console.posts.operations import handing, releasing, sending, writing
from console.posts.operations.common import settle_holds
from console.web.faults import show_faults
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("posts", __name__, url_prefix="/posts")
Answer = Response | tuple[str, int]


@bp.get("")
@needs(Permission.WRITE_POST)
def index() -> str:
    """One's own posts, one kind at a time."""
    which = request.args.get("show", "")
    which = which if which in queries.LISTS else queries.LISTS[0]
    form = SearchForm(request.args)
    number = listing.number(request.args.get("page"))
    now = clock.now()
    with unit_of_work() as session:
        show_in_band(session, None)
        found = queries.page(session, g.person, which, (form.words.data or "")[:100], number)
        return render_template(
            "posts/list.html",
            which=which,
            form=form,
            found=found,
            rows=shown.rows(session, found.rows, now),
            page_url=page_url(),
            may_write=bool(queries.own_accounts(session, g.person.id)),
        )


@bp.get("/new")
@needs(Permission.WRITE_POST)
def new() -> str:
    with unit_of_work() as session:
        return _write_page(session, PostForm(formdata=None), None)


@bp.post("/new")
@needs(Permission.WRITE_POST)
def begin() -> Answer:
    form = PostForm()
    try:
        with unit_of_work() as session:
            message = writing.begin(session, g.person, form.fields(), form.chosen(), clock.now())
            message_id = message.id
    except ConsoleError as error:
        return _refused(form, error, None)
    return _saved(message_id)


@bp.get("/<int:message_id>")
@needs(Permission.WRITE_POST)
def show(message_id: int) -> str:
    with unit_of_work() as session:
        return _post_page(session, message_id, LinkForm(formdata=None))


@bp.get("/<int:message_id>/edit")
@needs(Permission.WRITE_POST)
def edit(message_id: int) -> str | Response:
    with unit_of_work() as session:
        message = queries.post(session, g.person, message_id)
        if message.state != rules.State.DRAFT:
            return redirect(url_for("posts.show", message_id=message_id))
        if message.corrects_id is not None:
            return redirect(url_for("post_corrections.write", message_id=message.corrects_id))
        chosen = [one.id for one in queries.accounts_of(session, message.id)]
        form = PostForm(formdata=None, accounts=chosen, revision=message.revision, **message.fields)
        return _write_page(session, form, message)


@bp.post("/<int:message_id>/edit")
@needs(Permission.WRITE_POST)
def save(message_id: int) -> Answer:
    form = PostForm()
    raw = form.revision.data or ""
    revision = int(raw) if raw.isdecimal() and len(raw) < 10 else 0
    try:
        with unit_of_work() as session:
            writing.save(
                session, g.person, message_id, form.fields(), form.chosen(), revision, clock.now()
            )
    except NotFound:
        raise
    except ConsoleError as error:
        return _refused(form, error, message_id)
    return _saved(message_id)


@bp.get("/<int:message_id>/release")
@needs(Permission.WRITE_POST)
def confirm_page(message_id: int) -> str | Response:
    with unit_of_work() as session:
        message = queries.post(session, g.person, message_id)
        if message.state != rules.State.DRAFT:
            return redirect(url_for("posts.show", message_id=message_id))
        return _confirm_page(session, message, ConfirmForm(formdata=None))


@bp.post("/<int:message_id>/release")
@needs(Permission.WRITE_POST)
def release(message_id: int) -> Answer:
    form = ConfirmForm()
    try:
        with unit_of_work() as session:
            message = releasing.release(
                session,
                g.person,
                message_id,
                form.seen_hash.data or "",
                clock.now(),
                confirmed=form.confirmed.data,
                warned=form.warned.data,
            )
            held = message.state == rules.State.HELD
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            message = queries.post(session, g.person, message_id)
            if message.state == rules.State.DRAFT:
                return _confirm_page(session, message, form), error.status
        flash(error.message, "error")
        return redirect(url_for("posts.show", message_id=message_id), 303)
    if held:
        flash(_("Kontot är låst. Inlägget hålls och går inte ut."), "error")
    else:
        flash(_("Inlägget är släppt."), "done")
    return redirect(url_for("posts.show", message_id=message_id), 303)


@bp.post("/<int:message_id>/take-back")
@needs(Permission.WRITE_POST)
def take_back(message_id: int) -> Response:
    def act(session: Session) -> str:
        releasing.take_back(session, g.person, message_id, clock.now())
        return _("Inlägget är ett utkast igen.")

    return _act(message_id, act, to="posts.edit")


@bp.post("/<int:message_id>/throw-away")
@needs(Permission.WRITE_POST)
def throw_away(message_id: int) -> Response:
    def act(session: Session) -> str:
        writing.throw_away(session, g.person, message_id, clock.now())
        return _("Kastat. Det går inte ut.")

    return _act(message_id, act)


@bp.post("/<int:message_id>/anew")
@needs(Permission.WRITE_POST)
def anew(message_id: int) -> Response:
    made: list[int] = []

    def act(session: Session) -> str:
        made.append(writing.anew(session, g.person, message_id, clock.now()).id)
        return _("Läs igenom texten. Den går ut när du släpper den igen.")

    answer = _act(message_id, act)
    return redirect(url_for("posts.edit", message_id=made[0]), 303) if made else answer


@bp.post("/<int:message_id>/hand-over")
@needs(Permission.WRITE_POST)
def hand_over(message_id: int) -> Response:
    def act(session: Session) -> str:
        handing.hand_over(session, g.person, message_id, clock.now())
        return _("Informationsenheten ser texten i händelsen.")

    return _act(message_id, act)


@bp.post("/<int:message_id>/accounts/<int:delivery_id>")
@needs(Permission.WRITE_POST)
def answer(message_id: int, delivery_id: int) -> Answer:
    """What became of one account's post: out, not out, done by hand, not to be done."""
    form, said, now = LinkForm(), request.form.get("answer", ""), clock.now()
    link = form.link.data or ""
    try:
        with unit_of_work() as session:
            message = queries.post(session, g.person, message_id)
            row = session.get(Delivery, delivery_id)
            if row is None or row.message_id != message_id:
                raise NotFound(_("Inlägget finns inte, eller är någon annans."))
            if said == "done":
                settling.confirm_by_hand(session, g.person, delivery_id, link, now)
            elif said == "drop":
                sending.drop_task(session, g.person, delivery_id, now)
            elif said in ("out", "not_out"):
                settling.resolve_unknown(session, g.person, delivery_id, said == "out", link, now)
            else:
                raise BadInput(_("Välj om inlägget är ute."), field="answer")
            if said in ("done", "out"):
                # What held it asks no more: sent anew it would stand there twice.
                settle_holds(session, g.person, message, "out", now, [row.account_id])
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _post_page(session, message_id, form, delivery_id), error.status
    flash(_("Noterat."), "done")
    return redirect(url_for("posts.show", message_id=message_id), 303)


def _act(message_id: int, act: Callable[[Session], str], *, to: str = "posts.show") -> Response:
    try:
        with unit_of_work() as session:
            flash(act(session), "done")
    except NotFound:
        raise
    except ConsoleError as error:
        flash(error.message, "error")
        to = "posts.show"
    return redirect(url_for(to, message_id=message_id), 303)


def _saved(message_id: int) -> Answer:
    """On to what was pressed: the draft's page, or what is to be read through before release."""
    if request.form.get("do") != "review":
        flash(_("Utkastet är sparat."), "done")
        return redirect(url_for("posts.show", message_id=message_id), 303)
    with unit_of_work() as session:
        message = queries.post(session, g.person, message_id)
        plan = releasing.prepare(session, g.person, message, clock.now())
        revision = message.revision
    if not plan.faults:
        return redirect(url_for("posts.confirm_page", message_id=message_id), 303)
    form = PostForm()
    form.revision.data = str(revision)
    return _refused(form, Faults(plan.faults), message_id)


def _refused(form: PostForm, error: ConsoleError, message_id: int | None) -> Answer:
    show_faults(form, error)
    with unit_of_work() as session:
        message = None
        if message_id is not None:
            message = queries.post(session, g.person, message_id)
        return _write_page(session, form, message), error.status


def _write_page(session: Session, form: PostForm, message: Message | None) -> str:
    show_in_band(session, None)
    accounts = queries.own_accounts(session, g.person.id)
    form.offer(accounts)
    if message is None and len(accounts) == 1 and not form.accounts.data:
        form.accounts.data = [accounts[0].id]
    locked = queries.locks_on(session, [one.id for one in accounts])
    return render_template(
        "posts/write.html",
        form=form,
        message=message,
        accounts=accounts,
        locked={str(key): one.incident.name for key, one in locked.items()},
        notes={
            one.id: _("Låst av %(event)s.", event=locked[one.id].incident.name)
            for one in accounts
            if one.id in locked
        },
        view=shown.view(session, message, clock.now()) if message is not None else None,
        hosts=sorted(releasing.official_hosts(session)),
    )


def _confirm_page(session: Session, message: Message, form: ConfirmForm) -> str:
    show_in_band(session, None)
    plan = releasing.prepare(session, g.person, message, clock.now())
    form.seen_hash.data = plan.content_hash
    return render_template(
        "posts/release.html",
        form=form,
        plan=plan,
        view=shown.view(session, message, clock.now()),
        warnings=[shown.warning(one) for one in plan.warnings],
        live_use=live_use_is_on(session),
        platform_name=platform_name,
    )


def _post_page(session: Session, message_id: int, form: LinkForm, about: int | None = None) -> str:
    show_in_band(session, None)
    message = queries.post(session, g.person, message_id)
    context: dict[str, Any] = {
        "view": shown.view(session, message, clock.now()),
        "form": form,
        "about": about,
        "platform_name": platform_name,
    }
    return render_template("posts/show.html", **context)
