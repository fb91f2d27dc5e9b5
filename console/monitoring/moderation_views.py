"""*Moderering*: one post's way from evidence to the word to its author, in one page's presses."""

from __future__ import annotations

import base64
from collections.abc import Callable

from flask import (
    Blueprint,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console import clock, listing
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.incidents.views.common import mail_is_set_up
from console.monitoring import (
    inbox_forms,
    inbox_views,
    moderation_notice,
    moderation_operations,
    moderation_queries,
    moderation_rules,
)
from console.monitoring.inbox_views import Form
from console.monitoring.moderation_models import Moderation
from console.monitoring.moderation_rules import ModerationState
from console.parts import State
from console.people.queries import with_role
from console.people.rules import Permission, Role, may
from console.policy.queries import current
from console.policy.rules import Profile
from console.timeline import queries as timeline
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.log_names import names
from console.web.log_words import told as told_words
from console.web.paging import page_url

bp = Blueprint("moderation", __name__)

Answer = Response | str | tuple[str, int]
MARKS: dict[str, State] = {
    "captured": "waiting",
    "registry": "waiting",
    "ready": "by_hand",
    "gone": "by_hand",
    "done": "confirmed",
    "kept": "left_alone",
}


@bp.get("/moderations")
@needs(Permission.VIEW_MODERATION)
def index() -> str:
    """Without anything that a post says, or who wrote it."""
    show = "all" if request.args.get("show") == "all" else "open"
    now = clock.now()
    with unit_of_work() as session:
        page = listing.number(request.args.get("page"))
        return render_template(
            "moderation/list.html",
            which=show,
            found=moderation_queries.page_of(session, g.person, show, page, now),
            figures=moderation_queries.figures(session, g.person, now),
            marks=MARKS,
            labels=moderation_rules.STATE_LABELS,
            ground_of=_ground,
            visible_for=_visible_for,
            page_url=page_url(),
        )


@bp.post("/inbox/<int:item_id>/moderate")
@needs(Permission.MODERATE)
def capture(item_id: int) -> Answer:
    form = inbox_forms.CaptureForm()
    try:
        picture = inbox_views.uploaded("file")
        with unit_of_work() as session:
            case = moderation_operations.capture(session, g.person, item_id, clock.now(), picture)
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("inbox.show", item_id=item_id))
    except ConsoleError as error:
        return shown_again(form, error, lambda session: inbox_views.page(session, item_id, form))
    flash(_("Beviset är sparat."), "done")
    return redirect(url_for("moderation.show", case_id=case.id))


@bp.get("/moderations/<int:case_id>")
@needs(Permission.VIEW_MODERATION)
def show(case_id: int) -> Answer:
    with unit_of_work() as session:
        return _page(session, case_id)


@bp.post("/moderations/<int:case_id>/decide")
@needs(Permission.MODERATE)
def decide(case_id: int) -> Answer:
    form = inbox_forms.DecideForm()

    def act(session: Session) -> None:
        moderation_operations.decide(
            session,
            g.person,
            case_id,
            clock.now(),
            ground=form.ground.data or "",
            measure=form.measure.data or "",
            reason=form.reason.data or "",
            committee=form.committee.data or "",
            mail=mail_is_set_up(),
        )

    return _done(case_id, act, form, _("Beslutet är antecknat."))


@bp.post("/moderations/<int:case_id>/keep")
@needs(Permission.MODERATE)
def keep(case_id: int) -> Answer:
    form = inbox_forms.KeepForm()
    reason = form.reason.data or ""
    return _done(
        case_id,
        lambda session: moderation_operations.keep(session, g.person, case_id, reason, clock.now()),
        form,
        _("Det står kvar."),
    )


@bp.post("/moderations/<int:case_id>/hidden")
@needs(Permission.MODERATE)
def hidden(case_id: int) -> Answer:
    return _done(
        case_id,
        lambda session: moderation_operations.hide_meanwhile(
            session, g.person, case_id, clock.now()
        ),
        None,
        _("Antecknat: dolt tills numret kommer."),
    )


@bp.post("/moderations/<int:case_id>/number")
@needs(Permission.GIVE_REGISTRY_NUMBER)
def number(case_id: int) -> Answer:
    form = inbox_forms.NumberForm()
    given = form.number.data or ""
    return _done(
        case_id,
        lambda session: moderation_operations.give_number(
            session, g.person, case_id, given, clock.now(), mail=mail_is_set_up()
        ),
        form,
        _("Diarienumret är antecknat. Nu får det tas bort."),
    )


@bp.post("/moderations/<int:case_id>/gone")
@needs(Permission.MODERATE)
def gone(case_id: int) -> Answer:
    return _done(
        case_id,
        lambda session: moderation_operations.confirm_gone(session, g.person, case_id, clock.now()),
        None,
        _("Antecknat: ingen ser det längre."),
    )


@bp.post("/moderations/<int:case_id>/told")
@needs(Permission.MODERATE)
def told(case_id: int) -> Answer:
    form = inbox_forms.TellForm()
    how, text = form.how.data or "", form.text.data or ""
    return _done(
        case_id,
        lambda session: moderation_operations.tell_author(
            session, g.person, case_id, how, text, clock.now()
        ),
        form,
        _("Klart."),
    )


@bp.post("/moderations/<int:case_id>/evidence")
@needs(Permission.VIEW_MODERATION)
def evidence(case_id: int) -> Response:
    """What was captured. A press, not a link: every look stands in the timeline, and no browser
    keeps the answer."""
    with unit_of_work() as session:
        kept = moderation_operations.look(session, g.person, case_id, clock.now())
        case = session.get_one(Moderation, case_id)
        image = None if kept.image is None else base64.b64encode(kept.image.data).decode()
        answer = make_response(
            render_template(
                "moderation/evidence.html",
                case=case,
                kept=kept,
                image=image,
                whole=moderation_operations.digest_of(session, kept) == case.digest,
            )
        )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _done(
    case_id: int, act: Callable[[Session], object], form: FlaskForm | None, said: str
) -> Answer:
    """Do it, and show the case; faults stand in `form`."""
    try:
        with unit_of_work() as session:
            act(session)
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("moderation.show", case_id=case_id))
    except ConsoleError as error:
        if form is None:
            raise
        return shown_again(form, error, lambda session: _page(session, case_id, form))
    flash(said, "done")
    return redirect(url_for("moderation.show", case_id=case_id))


def _page(session: Session, case_id: int, faulty: FlaskForm | None = None) -> str:
    """Args: faulty: the form that came back with faults; the others are fresh."""
    now = clock.now()
    case = moderation_queries.one(session, g.person, case_id, now)
    profile = current(session)
    handles = moderation_queries.may_handle(session, g.person, case, now)
    waits = case.state == ModerationState.REGISTRY

    def form(kind: type[Form], **data: str) -> Form:
        return faulty if isinstance(faulty, kind) else kind(formdata=None, data=data)

    deciding = form(inbox_forms.DecideForm)
    deciding.ground.choices = [SelectChoice("", _("Välj")), *_grounds(profile)]
    deciding.committee.choices = [
        SelectChoice("", _("Nej")),
        *(SelectChoice(one.committee, one.committee) for one in profile.registry),
    ]
    going = handles and case.state == ModerationState.READY
    return render_template(
        "moderation/case.html",
        case=case,
        sign=MARKS[case.state],
        label=moderation_rules.STATE_LABELS[case.state],
        ground=_ground(case),
        platform="" if case.account is None else platform_name(case.account.platform),
        measures=moderation_rules.MEASURE_LABELS,
        done_labels=moderation_rules.DONE_LABELS,
        told_labels=moderation_rules.TOLD_LABELS,
        visible_for=_visible_for(case),
        handles=handles,
        reads=moderation_queries.may_read(session, g.person, case, now),
        deciding=deciding if handles and case.state == ModerationState.CAPTURED else None,
        keeping=form(inbox_forms.KeepForm)
        if handles and moderation_rules.may_move(case.state, ModerationState.KEPT)
        else None,
        numbering=form(inbox_forms.NumberForm)
        if waits and may(g.person.roles, Permission.GIVE_REGISTRY_NUMBER)
        else None,
        link=moderation_queries.link_of(session, case) if going or (handles and waits) else "",
        going=going,
        waits=waits,
        registrars=with_role(session, Role.REGISTRAR) if waits else (),
        guide=waits and profile.registrar_guide,
        telling=form(inbox_forms.TellForm, text=_draft(profile, case), how="openly")
        if handles and case.state == ModerationState.GONE
        else None,
        people=moderation_queries.people_of(session, case),
        lines=told_words(
            timeline.entries_about(session, "moderation", "moderation", case.id), names(session)
        ),
    )


def _draft(profile: Profile, case: Moderation) -> str:
    url = next((one.url for one in profile.documents if one.url), "")
    languages = ["sv"] if case.account is None else case.account.languages
    ground = (case.ground_text, case.ground_en)
    return moderation_notice.draft(profile, languages, case.measure, ground, url)


def _grounds(profile: Profile) -> list[SelectChoice]:
    return [SelectChoice(one.key, one.en if _english() else one.sv) for one in profile.grounds]


def _ground(case: Moderation) -> str:
    return case.ground_en if _english() else case.ground_text


def _english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def _visible_for(case: Moderation) -> object:
    return moderation_rules.visible_for(case.seen_at, case.hidden_at, case.removed_at)
