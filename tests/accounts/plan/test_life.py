"""An account's life, from the start notice to the end notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import db
from console.accounts import operations, plan_operations, plan_queries, queries
from console.accounts import signing_operations as signing
from console.accounts.entries import parse
from console.accounts.operations import Change
from console.accounts.rules import State
from console.approvals.models import Approval
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, Stale, WrongState
from console.policy.operations import set_profile
from tests.accounts.plan.library import (
    ANSWERS,
    MAJA,
    OLLE,
    WHOLE,
    at,
    edits,
    mark,
    other,
    proposed,
    signed,
    submitted,
    verify_page,
    write,
)  # fmt: skip
from tests.accounts.timeline import entries
from tests.cast import Cast


def refuses(kind: type[ConsoleError], act: Callable[[], object]) -> ConsoleError:
    with pytest.raises(kind) as caught:
        act()
    return caught.value


def test_a_start_notice_is_dated_and_puts_the_account_in_the_register_but_not_in_use(
    session: Session, cast: Cast
) -> None:
    """2.1-b, 4.6-a."""
    account = proposed(session, cast.olle)
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.NOTIFIED and account.committee == "Kulturnämnden"
    assert plan.row and plan.row.proposed_at == at(0) and plan.row.proposed_by_id == cast.olle.id


def test_a_start_notice_names_operation_and_committee(session: Session, cast: Cast) -> None:
    """2.1-b, 4.6-a."""
    bare = plan_operations.Proposal(
        name="Bokbussen", platform="myspace", handle="b", operation=" ", committee=""
    )
    error = refuses(Faults, lambda: plan_operations.propose(session, cast.olle, bare, at(0)))
    assert set(error.faults) == {"operation", "committee", "platform"}  # type: ignore[attr-defined]


def test_a_question_before_the_start_is_answered_by_the_strategy_department(
    session: Session, cast: Cast
) -> None:
    """6-b."""
    account = proposed(session, cast.olle, inquiry="Finns det något vi kan dela?")
    assert [row.account_id for row in plan_queries.unanswered(session)] == [account.id]
    answer = plan_operations.answer_inquiry
    refuses(NotAllowed, lambda: answer(session, cast.olle, account.id, True, "Ja.", at(1)))
    refuses(Faults, lambda: answer(session, cast.stina, account.id, None, " ", at(1)))
    row = answer(session, cast.stina, account.id, True, "Bra. Samordna med biblioteket.", at(1))
    assert row.inquiry_fits and row.inquiry_answered_by_id == cast.stina.id
    assert plan_queries.unanswered(session) == []
    refuses(WrongState, lambda: answer(session, cast.stina, account.id, True, "Igen.", at(1)))


def test_the_plan_opens_only_after_a_complete_checklist(session: Session, cast: Cast) -> None:
    """3.2-a."""
    account = proposed(session, cast.olle)
    refuses(WrongState, lambda: write(session, cast.olle, account.id))
    half = dict(list(ANSWERS.items())[:6])
    save = plan_operations.save_checklist
    assert len(save(session, cast.olle, account.id, half, at(1))) == 5
    assert account.state == State.NOTIFIED
    refuses(WrongState, lambda: write(session, cast.olle, account.id))
    assert save(session, cast.olle, account.id, ANSWERS, at(2)) == {}
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.PLANNING and plan.row and plan.row.checklist_at == at(2)


def test_a_plan_that_lacks_something_is_kept_but_not_sent(session: Session, cast: Cast) -> None:
    """B1-d, B1-f, 3-a."""
    account = proposed(session, cast.olle)
    plan_operations.save_checklist(session, cast.olle, account.id, ANSWERS, at(2))
    write(session, cast.olle, account.id, replace(WHOLE, audience="Alla", administrators=(OLLE,)))
    submit = plan_operations.submit_plan
    error = refuses(Faults, lambda: submit(session, cast.olle, account.id, at(4)))
    assert set(error.faults) == {"audience", "administrators"}  # type: ignore[attr-defined]
    assert account.state == State.PLANNING
    assert plan_queries.plan(session, account.id).content.audience == "Alla"


def test_an_administrator_without_the_role_is_named_when_the_plan_is_sent(
    session: Session, cast: Cast
) -> None:
    """B1-f."""
    account = proposed(session, cast.olle)
    plan_operations.save_checklist(session, cast.olle, account.id, ANSWERS, at(2))
    karin = replace(MAJA, name="Karin Holm", email="karin@torsby.example")
    write(session, cast.olle, account.id, replace(WHOLE, administrators=(OLLE, karin)))
    submit = plan_operations.submit_plan
    error = refuses(Faults, lambda: submit(session, cast.olle, account.id, at(4)))
    assert "Karin Holm" in error.faults["administrators"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("order", [("anders", "eva", "stina"), ("stina", "eva", "anders")])
def test_three_marks_in_any_order_on_one_hash_put_the_account_into_use(
    session: Session, cast: Cast, order: tuple[str, ...]
) -> None:
    """3.2-b, B1-i, B1-j, B1-k, 3-d."""
    account = submitted(session, cast)
    version = plan_queries.plan(session, account.id).waiting
    assert version is not None
    for name in order:
        assert account.state == State.SIGNING and version.signed_at is None
        mark(session, getattr(cast, name), account.id)
    verify_page(session, cast, account)
    assert account.state == State.ACTIVE and version.signed_at == at(5)
    given = session.scalars(select(Approval).where(Approval.subject_id == version.id)).all()
    assert {one.content_hash for one in given} == {version.content_hash} and len(given) == 3
    signature = next(m for m in version.marks if m.role == "operations_manager")
    assert (signature.name, signature.title, signature.place, signature.given_at) == (
        "Anders Nyman", "chef", "Torsby", at(5),
    )  # fmt: skip
    assert [row.person.name for row in account.administrators] == ["Olle Ek", "Maja Strand"]
    assert account.address == WHOLE.address


def test_the_form_and_the_policy_stand_on_the_version(session: Session, cast: Cast) -> None:
    """B1-l."""
    version = plan_queries.plan(session, submitted(session, cast).id).latest
    assert version and (version.form, version.policy) == ("TORSBY7255i, v 1.0", "torsby-2011")


def test_a_decision_asks_for_title_and_place_and_a_consultation_does_not(
    session: Session, cast: Cast
) -> None:
    """B1-i, B1-j, B1-k."""
    account = submitted(session, cast)
    version = plan_queries.plan(session, account.id).waiting
    assert version is not None
    seen = version.content_hash
    bare = {"title": " ", "place": ""}
    error = refuses(
        Faults, lambda: signing.sign(session, cast.eva, account.id, seen, at(5), **bare)
    )
    assert set(error.faults) == {"title", "place"}  # type: ignore[attr-defined]
    signing.sign(session, cast.stina, account.id, seen, at(5), **bare)


def test_nobody_signs_without_the_role_nor_twice_nor_what_they_have_not_seen(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = submitted(session, cast)
    for person in (cast.olle, cast.karin, cast.siv, cast.lisa):
        refuses(NotAllowed, lambda p=person: mark(session, p, account.id))
    refuses(WrongState, lambda: mark(session, cast.eva, account.id, seen="0" * 64))
    mark(session, cast.eva, account.id)
    refuses(NotAllowed, lambda: mark(session, cast.eva, account.id))
    assert account.state == State.SIGNING


def test_who_has_written_in_the_plan_does_not_decide_on_it(session: Session, cast: Cast) -> None:
    """3.2-b."""
    account = proposed(session, cast.olle)
    plan_operations.save_checklist(session, cast.olle, account.id, ANSWERS, at(2))
    write(session, cast.anders, account.id)
    plan_operations.submit_plan(session, cast.olle, account.id, at(4))
    refuses(NotAllowed, lambda: mark(session, cast.anders, account.id))
    assert plan_queries.waiting_for(session, cast.anders) == []


def test_an_edit_voids_the_marks_and_says_which_fields_changed(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = submitted(session, cast)
    mark(session, cast.anders, account.id)
    write(session, cast.olle, account.id, other())
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.PLANNING and plan.waiting is None
    assert plan.latest and plan.latest.voided_changes == ["goals"]
    assert session.scalars(select(Approval.withdrawn_at)).all() == [at(3)]
    assert [v.id for v in plan_queries.voided_for(session, cast.anders)] == [plan.latest.id]
    refuses(WrongState, lambda: mark(session, cast.eva, account.id, seen=plan.latest.content_hash))
    plan_operations.submit_plan(session, cast.olle, account.id, at(6))
    assert plan_queries.voided_for(session, cast.anders) == []
    for person in (cast.anders, cast.eva, cast.stina):
        mark(session, person, account.id)
    verify_page(session, cast, account)
    assert account.state == State.ACTIVE


def test_saving_the_same_words_again_voids_nothing(session: Session, cast: Cast) -> None:
    account = submitted(session, cast)
    mark(session, cast.anders, account.id)
    write(session, cast.olle, account.id)
    assert account.state == State.SIGNING
    refuses(WrongState, lambda: plan_operations.submit_plan(session, cast.olle, account.id, at(6)))


def test_a_signer_returns_the_plan_with_a_reason_and_the_marks_fall(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = submitted(session, cast)
    mark(session, cast.anders, account.id)
    version = plan_queries.plan(session, account.id).waiting
    assert version is not None
    back = signing.return_plan
    seen = version.content_hash
    refuses(NotAllowed, lambda: back(session, cast.olle, account.id, seen, "Nej.", at(6)))
    refuses(BadInput, lambda: back(session, cast.eva, account.id, seen, " ", at(6)))
    back(session, cast.eva, account.id, seen, "Utse en ersättare.", at(6))
    assert version.voided_reason == "Utse en ersättare." and account.state == State.PLANNING


def test_two_who_write_at_once_do_not_overwrite_each_other(session: Session, cast: Cast) -> None:
    account = submitted(session, cast)
    seen = edits(session, account.id)
    save = plan_operations.save_plan
    save(session, cast.olle, account.id, other(goals="Första."), seen, at(5))
    late = other(goals="Andra.")
    refuses(Stale, lambda: save(session, cast.maja, account.id, late, seen, at(5)))
    assert plan_queries.plan(session, account.id).content.goals == "Första."


def test_only_those_the_plan_concerns_write_it(session: Session, cast: Cast) -> None:
    account = submitted(session, cast)
    for person in (cast.karin, cast.rut, cast.eva, cast.greta):
        refuses(NotAllowed, lambda p=person: write(session, p, account.id, other()))
    for n, person in enumerate((cast.maja, cast.anders, cast.stina)):
        write(session, person, account.id, other(goals=f"{n} mål."))


def test_the_account_waits_for_its_envelope_and_no_press_hurries_it(
    session: Session, cast: Cast
) -> None:
    """3.2-c, 3-d."""
    account = signed(session, cast, platform="instagram")
    assert account.state == State.CUSTODY
    assert not plan_queries.custody_settled(session, account)
    assert [one.id for one in plan_queries.in_custody(session)] == [account.id]
    refuses(WrongState, lambda: signing.activate(session, cast.stina, account.id, at(6)))
    assert account.state == State.CUSTODY


def test_a_settled_envelope_puts_the_account_into_use(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3.2-c."""
    account = signed(session, cast, platform="instagram")
    assert not signing.activate_if_settled(session, cast.stina, account, at(6))
    monkeypatch.setattr(plan_queries, "custody_settled", lambda _session, _account: True)
    refuses(NotAllowed, lambda: signing.activate(session, cast.olle, account.id, at(6)))
    assert signing.activate_if_settled(session, cast.stina, account, at(6))
    assert account.state == State.ACTIVE


def test_too_few_who_can_log_in_keep_the_account_out_of_use(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3-a."""
    account = signed(session, cast, platform="instagram")
    monkeypatch.setattr(plan_queries, "custody_settled", lambda _session, _account: True)
    account.administrators[1].person.active = False
    refuses(WrongState, lambda: signing.activate(session, cast.stina, account.id, at(6)))
    assert not signing.activate_if_settled(session, cast.stina, account, at(6))


def test_an_edit_of_a_signed_plan_before_use_takes_it_back_to_its_plan(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = signed(session, cast, platform="instagram")
    write(session, cast.olle, account.id, other())
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.PLANNING and plan.in_force is None


def administrators(session: Session, cast: Cast, account_id: int, ids: tuple[int, ...]) -> None:
    account = queries.account(session, account_id)
    change = Change(
        kind=account.kind, settings=account.settings, public=account.public,
        official=account.official, languages=tuple(account.languages),
        repeat_rule=account.repeat_rule, administrators=ids,
    )  # fmt: skip
    operations.change_settings(session, cast.stina, account_id, change, at(7))


def test_another_administrator_of_an_account_in_use_takes_no_new_signatures(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = signed(session, cast)
    administrators(session, cast, account.id, (cast.olle.id,))
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ACTIVE
    assert plan.in_force is not None and plan.in_force is plan.latest


def test_before_use_the_plan_alone_says_who_the_administrators_are(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = signed(session, cast, platform="instagram")
    error = refuses(BadInput, lambda: administrators(session, cast, account.id, (cast.olle.id,)))
    assert error.field == "administrators"  # type: ignore[attr-defined]


def test_a_changed_plan_of_an_account_in_use_is_signed_anew_while_the_old_one_holds(
    session: Session, cast: Cast
) -> None:
    """3.2-b."""
    account = signed(session, cast)
    write(session, cast.olle, account.id, other())
    first = plan_queries.plan(session, account.id).in_force
    plan_operations.submit_plan(session, cast.olle, account.id, at(8))
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ACTIVE and plan.in_force is first and plan.waiting
    assert [len(plan.waiting.marks), plan.waiting.number] == [0, 2]
    for person in (cast.eva, cast.anders, cast.stina):
        mark(session, person, account.id)
    newest = plan_queries.plan(session, account.id).in_force
    assert newest is not None and newest.number == 2


def test_an_account_that_was_in_use_before_it_had_a_plan_gets_one_and_stays_in_use(
    session: Session, cast: Cast
) -> None:
    """3.2-b, 6-a."""
    raw = {
        "name": "Biblioteket", "platform": "facebook", "handle": "bibl", "state": "aktiv",
        "administrators": ["olle@torsby.example", "maja@torsby.example"],
    }  # fmt: skip
    account = operations.add_account(session, cast.stina, parse(raw), at(0))
    refuses(WrongState, lambda: write(session, cast.olle, account.id))
    plan_operations.save_checklist(session, cast.olle, account.id, ANSWERS, at(1))
    write(session, cast.olle, account.id, replace(WHOLE, administrators=()))
    plan_operations.submit_plan(session, cast.maja, account.id, at(2))
    for person in (cast.stina, cast.eva, cast.anders):
        assert plan_queries.plan(session, account.id).in_force is None
        mark(session, person, account.id)
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ACTIVE and plan.in_force is not None
    named = [one["email"] for one in plan.in_force.content["administrators"]]
    assert named == ["olle@torsby.example", "maja@torsby.example"]


def test_an_account_that_never_came_into_use_is_withdrawn_with_a_reason(
    session: Session, cast: Cast
) -> None:
    account = submitted(session, cast)
    refuses(BadInput, lambda: signing.withdraw_proposal(session, cast.olle, account.id, "", at(6)))
    refuses(
        WrongState,
        lambda: signing.end_account(
            session, cast.olle, account.id, at(6), reason="x", snapshot="x", report="x"
        ),
    )
    signing.withdraw_proposal(session, cast.olle, account.id, "Vi använder bibliotekets.", at(6))
    assert account.state == State.ENDED
    assert plan_queries.waiting_for(session, cast.eva) == []
    assert plan_queries.voided_for(session, cast.olle) == []
    refuses(WrongState, lambda: write(session, cast.olle, account.id, other()))


def test_an_account_ends_only_with_its_last_picture_and_report(
    session: Session, cast: Cast
) -> None:
    """2.1-c."""
    account = signed(session, cast)
    texts = {"reason": "Bussen är såld.", "snapshot": "Dnr 2026:14", "report": "214 följare."}
    end = signing.end_account
    for name in texts:
        lacking = {**texts, name: " "}
        error = refuses(Faults, lambda t=lacking: end(session, cast.olle, account.id, at(9), **t))
        assert set(error.faults) == {name}  # type: ignore[attr-defined]
    refuses(NotAllowed, lambda: end(session, cast.karin, account.id, at(9), **texts))
    refuses(
        WrongState,
        lambda: signing.withdraw_proposal(session, cast.olle, account.id, "Nej.", at(9)),
    )
    end(session, cast.olle, account.id, at(9), **texts)
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ENDED and plan.ending and plan.ending.report == "214 följare."
    assert len(plan.versions) == 1, "its history is kept"


def test_a_policy_with_other_numbers_asks_for_them(session: Session, cast: Cast) -> None:
    """3-a, B1-f."""
    set_profile(session, cast.siv, at(0), {"min_admins": 3, "max_admins": 3})
    error = refuses(Faults, lambda: submitted(session, cast))
    assert set(error.faults) == {"administrators"}  # type: ignore[attr-defined]
    refuses(Faults, lambda: set_profile(session, None, at(0), {"min_admins": 5}))


def test_every_step_stands_on_the_timeline(cast: Cast) -> None:
    """2.1-b, 3.2-b, 2.1-c."""
    with db.unit_of_work() as session:
        account = submitted(session, cast)
        mark(session, cast.anders, account.id)
        write(session, cast.olle, account.id, other())
        plan_operations.submit_plan(session, cast.olle, account.id, at(6))
        for person in (cast.anders, cast.eva, cast.stina):
            mark(session, person, account.id)
        verify_page(session, cast, account)
        texts = {"reason": "Såld.", "snapshot": "Dnr 2026:14", "report": "214 följare."}
        signing.end_account(session, cast.olle, account.id, at(9), **texts)
    said = entries()
    assert [one["tag"].removeprefix("account:") for one in said] == [
        "added", "notice:given", "checklist:completed", "plan:begun", "plan:saved",
        "plan:submitted", "mark:given", "plan:saved", "plan:voided", "plan:returned",
        "plan:submitted", "mark:given", "mark:given", "mark:given", "plan:signed", "activated",
        "ended", "end:notified",
    ]  # fmt: skip
    assert said[8]["facts"]["changed"] == ["goals"] and said[8]["facts"]["marks"] == 1
    assert all("Familjer" not in str(one) for one in said), "the plan's words stay in its rows"
