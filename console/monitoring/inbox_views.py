"""The inbox: what others have published and what people have seen, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console import clock
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotAllowed, NotFound, Stale, WrongState
from console.incidents import exercise_queries
from console.incidents import queries as incidents
from console.incidents.views.common import mail_is_set_up
from console.listing import row_number
from console.messages.checks import without_numbers
from console.monitoring import inbox_forms as forms
from console.monitoring import (
    inbox_queries,
    item_operations,
    item_queries,
    item_rules,
    moderation_queries,
    moderation_rules,
    question_queries,
    question_rules,
)
from console.monitoring.feed_models import FeedItem
from console.monitoring.inbox_queries import Sieve
from console.monitoring.item_rules import ItemState
from console.monitoring.question_rules import SHORT_LABELS, SentAs
from console.parts import State
from console.people import choosing
from console.people.rules import Permission, may
from console.pictures import reencoding
from console.pictures.reencoding import Reencoded
from console.policy.queries import current
from console.web.faults import shown_again
from console.web.guard import needs

Form = TypeVar("Form", bound=FlaskForm)
bp = Blueprint("inbox", __name__)
bp.app_template_filter("without_numbers")(without_numbers)

KNOWN = _l("Har tagit del")
PLACES = ("after", "before")
"""Where a page of the list begins or ends, as its address says it."""
Answer = Response | str | tuple[str, int]
MARKS: dict[str, State] = {
    "new": "unknown",
    "seen": "left_alone",
    "question": "waiting",
    "forwarded": "started",
    "answered": "sent",
    "moderating": "started",
    "moderated": "stopped",
    "no_action": "left_alone",
}


@bp.get("/inbox")
@needs(Permission.VIEW_INBOX)
def index() -> Answer:
    form = forms.FindForm(request.args)
    now = clock.now()
    show = form.show.data or "open"
    found, status = inbox_queries.NOTHING, 200
    with unit_of_work() as session:
        mine = item_queries.accounts_of(session, g.person, now)
        form.account.choices = [SelectChoice("", _("Alla")), *_choices(mine)]
        form.show.data = show
        sieve = Sieve(
            show=show,
            words=(form.words.data or "")[:200],
            account=row_number(form.account.data),
            source=row_number(request.args.get("source")),
        )
        after, before = (request.args.get(name, "") for name in PLACES)
        try:
            found = inbox_queries.page_of(session, g.person, sieve, now, after=after, before=before)
        except BadInput as error:
            form.words.errors = [error.message]
            status = error.status
        return render_template(
            "inbox/list.html",
            form=form,
            found=found,
            names=item_queries.names(session, found.rows),
            marks=MARKS,
            labels=item_rules.LABELS,
            presses=_presses,
            standing=item_rules.standing,
            narrowed=sieve != Sieve(),
            here=request.full_path,
            newer_url=_place_url("before", found.newer),
            older_url=_place_url("after", found.older),
        ), status


def _place_url(name: str, place: str) -> str:
    """The same list, narrowed as it is, from another place on; "": there is no more."""
    kept = [(one, value) for one, value in request.args.items(multi=True) if one not in PLACES]
    return f"{request.path}?{urlencode([*kept, (name, place)])}" if place else ""


@bp.get("/inbox/new")
@needs(Permission.VIEW_INBOX)
def new() -> str:
    with unit_of_work() as session:
        return _new_page(session, forms.NewForm(formdata=None))


@bp.post("/inbox/new")
@needs(Permission.VIEW_INBOX)
def add() -> Answer:
    form = forms.NewForm()
    if form.at.process_errors:
        form.at.errors = [_("Skriv dag och klockslag, eller lämna tomt.")]
        with unit_of_work() as session:
            return _new_page(session, form), 422
    try:
        made = uploaded("file")
        with unit_of_work() as session:
            item = item_operations.add(
                session,
                g.person,
                clock.now(),
                account_id=row_number(form.account.data) or None,
                title=form.title.data or "",
                content=form.content.data or "",
                link=form.link.data or "",
                at=form.at.moment,
                picture=made,
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _new_page(session, form))
    flash(_("Antecknat."), "done")
    return redirect(url_for("inbox.show", item_id=item.id))


@bp.get("/inbox/<int:item_id>")
@needs(Permission.READ_ITEM)
def show(item_id: int) -> Answer:
    """What is evidence stands on the page of its moderation."""
    with unit_of_work() as session:
        item = item_queries.one(session, g.person, item_id, clock.now())
        case = moderation_queries.of_item(session, item_id)
        if case is not None and item.state in item_rules.BY_MODERATION:
            return redirect(url_for("moderation.show", case_id=case.id))
        return page(session, item_id)


@bp.get("/inbox/<int:item_id>/picture")
@needs(Permission.READ_ITEM)
def picture(item_id: int) -> Response:
    """How it looks where it stands, as somebody has uploaded it."""
    with unit_of_work() as session:
        item = item_queries.one(session, g.person, item_id, clock.now())
        if item.image is None:
            raise NotFound(_("Det finns ingen bild."))
        answer = Response(item.image.data, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/inbox/<int:item_id>/<state>")
@needs(Permission.READ_ITEM)
def move(item_id: int, state: str) -> Answer:
    """One press, from the list or the page; to a colleague with who, what and a note."""
    form = forms.ForwardForm() if state == ItemState.FORWARDED else forms.MoveForm()
    to, sent_as = None, ""
    try:
        with unit_of_work() as session:
            if isinstance(form, forms.ForwardForm):
                form.to.resolve(session, "to")
                to, sent_as = row_number(form.to.data) or None, form.sent_as.data or ""
            note = form.note.data or ""
            now = clock.now()
            item = item_operations.move(
                session, g.person, item_id, state, now,
                note=note, to=to, sent_as=sent_as, mail=mail_is_set_up(),
                seen=request.form.get("seen", ""),
            )  # fmt: skip
            stays = item_queries.may_see(session, g.person, item, now)
    except (Stale, WrongState) as error:
        flash(error.message, "error")
        return _back(item_id)
    except ConsoleError as error:
        return shown_again(form, error, lambda session: page(session, item_id, form))
    flash(f"{item_rules.LABELS[state]}.", "done")
    # Whom it was sent to sees it no more once it is dealt with.
    return _back(item_id) if stays else redirect(url_for("start.today"))


@bp.post("/inbox/<int:item_id>/rumour")
@needs(Permission.LOG_RUMOUR)
def rumour(item_id: int) -> Answer:
    """*Bli ett rykte*, in the event chosen."""
    form = forms.RumourForm()
    try:
        with unit_of_work() as session:
            event = incidents.by_id(session, row_number(form.event.data))
            made = item_operations.become_rumour(session, g.person, item_id, event, clock.now())
            url = url_for("monitoring.show", slug=event.slug, rumour_id=made.id)
    except (NotFound, NotAllowed):
        raise
    except ConsoleError as error:
        flash(error.message, "error")
        return redirect(url_for("inbox.show", item_id=item_id))
    return redirect(url)


def uploaded(name: str) -> Reencoded | None:
    """A picture that came with the form, made anew; None: there was none.

    Raises:
        BadInput: field `file`.
    """
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    return reencoding.reencode(sent.stream.read(reencoding.MOST_BYTES + 1))


def _back(item_id: int) -> Response:
    """To the list as it was, if that is where it was pressed."""
    there = request.form.get("back", "")
    if there.startswith("/inbox?") and "\\" not in there:
        return redirect(there)
    return redirect(url_for("inbox.show", item_id=item_id))


def _presses(item: FeedItem) -> list[tuple[str, str]]:
    """(state, words) of the moves that one press makes."""
    return [
        (state, str(item_rules.VERBS[state]))
        for state in item_rules.IN_ONE_PRESS
        if item_rules.may_move(item.state, state)
    ]


def page(session: Session, item_id: int, faulty: FlaskForm | None = None) -> str:
    """An item, with all that this reader can do about it.

    Args:
        faulty: the form that came back with faults; the others are fresh.
    """
    now = clock.now()
    item = item_queries.one(session, g.person, item_id, now)
    own = item_queries.may_see_account(session, g.person, item.account_id, now)

    def can(state: str) -> bool:
        return own and item_rules.may_move(item.state, state)

    def form(kind: type[Form]) -> Form:
        return faulty if isinstance(faulty, kind) else kind(formdata=None)

    forward = form(forms.ForwardForm)
    forward.to.offer(choosing.offer(session, choosing.everybody()))
    as_colleague = item.state == ItemState.FORWARDED and item.forwarded_to_id == g.person.id
    events = item_queries.open_events(session) if may(g.person.roles, Permission.LOG_RUMOUR) else ()
    if item.test:
        planned_for = exercise_queries.exercise_of(session, item.id)
        events = [one for one in events if planned_for is not None and one.id == planned_for.id]
    made = item.rumour
    rumours = forms.RumourForm(formdata=None)
    rumours.event.choices = [
        SelectChoice(str(one.id), f"{_('ÖVNING')} {one.name}" if one.exercise else one.name)
        for one in events
    ]
    presses = _presses(item) if own else []
    if as_colleague:
        words = {**item_rules.VERBS, "question": item_rules.VERBS["new"], "no_action": KNOWN}
        presses = [(one, str(words[one])) for one in sorted(item_rules.AS_COLLEAGUE[item.sent_as])]
    ours = moderation_rules.can_be_moderated(
        on_account=item.account_id is not None, by_source=item.source_id is not None
    )
    replies = as_colleague and item.sent_as == SentAs.QUESTION
    return render_template(
        "inbox/item.html",
        item=item,
        name=item_queries.names(session, [item]).get(item.account_id or 0, ""),
        sign=MARKS[item.state],
        label=item_rules.LABELS[item.state],
        sent_as=SHORT_LABELS.get(item.sent_as, ""),
        presses=presses,
        standing=item_rules.standing(item.state_at),
        asked=question_queries.of_item(session, item.id),
        overdue=question_rules.is_overdue,
        signs=current(session).sign_replies,
        may_follow=own,
        reply=form(forms.ReplyForm) if replies else None,
        answer=form(forms.AnswerForm) if can(ItemState.ANSWERED) else None,
        forward=forward if can(ItemState.FORWARDED) else None,
        capture=form(forms.CaptureForm) if ours and can(ItemState.MODERATING) else None,
        rumours=rumours if events and made is None else None,
        rumour_url=""
        if made is None
        else url_for("monitoring.show", slug=made.incident.slug, rumour_id=made.id),
    )


def _new_page(session: Session, form: forms.NewForm) -> str:
    mine = item_queries.accounts_of(session, g.person, clock.now())
    form.account.choices = [SelectChoice("", _("Inget av våra")), *_choices(mine)]
    return render_template("inbox/new.html", form=form)


def _choices(found: Sequence[tuple[int, str, str]]) -> list[SelectChoice]:
    platforms = {key: platform_name(key) for key in {one[2] for one in found}}
    return [SelectChoice(str(number), f"{name}, {platforms[key]}") for number, name, key in found]
