"""An account's login in custody: sealed, opened by two, drilled, lent, sealed again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from console import clock, db, sealing
from console.accounts import custody, custody_operations
from console.accounts import custody_rules as rules
from console.accounts.custody_models import AccountNotice, CustodyEnvelope, CustodyUse
from console.accounts.custody_rules import Seal, Step
from console.accounts.models import Account
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.models import Base
from console.web.log_names import Names
from console.web.log_words import SENTENCES
from tests.accounts import keeping
from tests.accounts.conftest import Cast
from tests.accounts.keeping import LOGIN, NEW
from tests.accounts.timeline import entries

MoveClock = Callable[[timedelta], None]


def everything_stored() -> str:
    """Every column of every table, as text."""
    shown = []
    with db.unit_of_work() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                for value in row:
                    raw = value.tobytes() if isinstance(value, memoryview) else value
                    shown.append(raw.decode("latin-1") if isinstance(raw, bytes) else str(raw))
        for row in session.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        ):
            for whole in session.execute(text(f"SELECT t::text FROM {row.tablename} t")):
                shown.append(str(whole[0]))
    return "\n".join(shown)


def test_a_stolen_database_shows_nothing_of_what_is_in_an_envelope(cast: Cast) -> None:
    """3-d: after sealing, a drill, an opening that was shown, a loan and a new envelope."""
    keeping.seal(cast.olle, cast.webhook)
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook, "drill"))
    use = keeping.ask(cast.maria, cast.webhook)
    keeping.witness(cast.per, use)
    assert keeping.show(cast.maria, use) == LOGIN
    keeping.lend(cast.olle, cast.webhook, cast.lisa)
    stored = everything_stored()
    keeping.seal(cast.olle, cast.webhook, NEW, changed=True)
    stored += everything_stored()
    assert "Olle är sjuk." in stored  # the dump is one: what isn't secret is in it
    for secret in (LOGIN.login, LOGIN.password, *LOGIN.codes.split(), NEW.password):
        assert secret not in stored
        assert secret.encode().hex() not in stored
    assert LOGIN.password not in repr(LOGIN)


def test_one_person_alone_cannot_open_an_envelope(cast: Cast) -> None:
    """3-b, 3-d: not without a witness, and not as one's own."""
    keeping.seal(cast.olle, cast.webhook)
    use = keeping.ask(cast.maria, cast.webhook)
    with pytest.raises(WrongState, match="Ingen har bevittnat"):
        keeping.show(cast.maria, use)
    with pytest.raises(NotAllowed, match="din egen öppning"):
        keeping.witness(cast.maria, use)
    with pytest.raises(WrongState, match="Ingen har bevittnat"):
        keeping.show(cast.maria, use)
    assert keeping.seal_state(cast.webhook) == "sealed"
    assert keeping.settled(cast.webhook)


def test_what_is_in_it_is_shown_once_and_only_to_the_opener(
    cast: Cast, move_clock: MoveClock
) -> None:
    keeping.seal(cast.olle, cast.webhook)
    use = keeping.ask(cast.maria, cast.webhook)
    keeping.witness(cast.per, use)
    with pytest.raises(NotAllowed):
        keeping.show(cast.per, use)
    assert keeping.show(cast.maria, use) == LOGIN
    with pytest.raises(WrongState, match="redan visats"):
        keeping.show(cast.maria, use)
    again = keeping.ask(cast.maria, cast.webhook)
    keeping.witness(cast.per, again)
    move_clock(rules.SHOWN_WITHIN + timedelta(seconds=5))
    with pytest.raises(WrongState, match="för sent att visa"):
        keeping.show(cast.maria, again)


def test_an_opening_breaks_the_seal_tells_those_concerned_and_stands_until_sealed_again(
    cast: Cast,
) -> None:
    """3-b, 3-d: the account's administrators and the strategy department are told."""
    keeping.seal(cast.olle, cast.webhook)
    use = keeping.ask(cast.per, cast.webhook)
    keeping.witness(cast.maria, use, mail=True)
    assert keeping.seal_state(cast.webhook) == "due"
    assert not keeping.settled(cast.webhook)
    with db.unit_of_work() as session:
        notices = session.scalars(select(AccountNotice)).all()
        assert {n.person_id for n in notices} == {cast.olle.id, cast.maria.id}
        assert {n.mail_state for n in notices} == {"queued"}
        assert all("Olle är sjuk." in n.content for n in notices)
        assert [one.id for one in custody.open_uses(session)] == [use]
    with pytest.raises(Faults) as refused:
        keeping.seal(cast.olle, cast.webhook, NEW)
    assert set(refused.value.faults) == {"changed"}
    with pytest.raises(Faults) as refused:
        keeping.seal(cast.olle, cast.webhook, LOGIN, changed=True)
    assert set(refused.value.faults) == {"secret_password"}  # it was not changed at all
    assert keeping.confirm_changed(cast.olle, use) == "open"  # and not sealed yet
    with db.unit_of_work() as session:
        assert [one.id for one in custody.open_uses(session)] == [use]
    keeping.seal(cast.olle, cast.webhook, NEW)
    assert keeping.settled(cast.webhook)
    with db.unit_of_work() as session:
        assert not custody.open_uses(session)
        old = session.scalars(select(CustodyEnvelope).order_by(CustodyEnvelope.id)).first()
        assert old is not None and (old.state, old.content) == ("replaced", None)
    tags = [one["tag"] for one in entries("custody:")]
    assert tags == [
        *("custody:sealed", "custody:asked", "custody:opened", "custody:seal:broken"),
        *("custody:password:changed", "custody:envelope:replaced", "custody:sealed"),
        "custody:closed",
    ]


def test_an_envelope_opens_and_is_drilled_though_everybody_who_owns_it_is_gone(cast: Cast) -> None:
    """3-b (lesson 23): its administrator has no login any longer and never answers."""
    keeping.seal(cast.olle, cast.webhook)
    keeping.shut_out(cast.olle)
    drill = keeping.ask(cast.maria, cast.webhook, "drill")
    assert keeping.witness(cast.per, drill) == "passed"
    assert keeping.seal_state(cast.webhook) == "sealed"
    use = keeping.ask(cast.maria, cast.webhook)
    keeping.witness(cast.per, use)
    assert keeping.show(cast.maria, use) == LOGIN
    with db.unit_of_work() as session:
        assert session.scalars(select(AccountNotice.person_id)).all() == [cast.maria.id]


def test_a_drill_shows_nothing_and_breaks_nothing(cast: Cast) -> None:
    keeping.seal(cast.olle, cast.webhook)
    drill = keeping.ask(cast.maria, cast.webhook, "drill")
    keeping.witness(cast.per, drill)
    with pytest.raises(NotAllowed, match="bara för den som öppnar"):
        keeping.show(cast.maria, drill)
    assert keeping.settled(cast.webhook)
    with db.unit_of_work() as session:
        assert not custody.open_uses(session)
        last = custody.last_drill(session, cast.webhook)
        assert last is not None and last.step == "passed"


def test_a_drill_finds_an_envelope_whose_key_is_lost(cast: Cast) -> None:
    keeping.seal(cast.olle, cast.webhook)
    assert sealing._folder is not None
    (sealing._folder / sealing.FILE).unlink()
    assert keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook, "drill")) == "failed"
    assert not keeping.settled(cast.webhook)
    keeping.seal(cast.olle, cast.webhook)
    assert keeping.settled(cast.webhook)


def test_a_drill_with_paper_fails_when_its_seal_is_not_whole(cast: Cast) -> None:
    keeping.receive(cast.maria, cast.webhook)
    drill = keeping.ask(cast.maria, cast.webhook, "drill")
    assert keeping.witness(cast.per, drill, whole=False) == "failed"
    assert keeping.seal_state(cast.webhook) == "due"


def test_a_witness_comes_within_a_quarter_of_an_hour_or_not_at_all(
    cast: Cast, move_clock: MoveClock
) -> None:
    keeping.seal(cast.olle, cast.webhook)
    use = keeping.ask(cast.maria, cast.webhook)
    with pytest.raises(WrongState, match="maria har redan bett"):
        keeping.ask(cast.per, cast.webhook)
    move_clock(rules.WITNESS_WITHIN + timedelta(seconds=5))
    with pytest.raises(WrongState, match="för sent"):
        keeping.witness(cast.per, use)
    with db.unit_of_work() as session:
        assert not custody.waiting_for_witness(session, cast.per, clock.now())
    again = keeping.ask(cast.per, cast.webhook)
    with db.unit_of_work() as session:
        assert session.get_one(CustodyUse, use).step == "lapsed"
        waiting = custody.waiting_for_witness(session, cast.maria, clock.now())
        assert [one.id for one in waiting] == [again]
        assert not custody.waiting_for_witness(session, cast.per, clock.now())


def test_an_administrator_opens_no_other_account_than_their_own(cast: Cast) -> None:
    """Lisa administers the website only; a person without any of the roles opens nothing."""
    keeping.seal(cast.olle, cast.webhook)
    with pytest.raises(NotAllowed):
        keeping.ask(cast.lisa, cast.webhook)
    use = keeping.ask(cast.maria, cast.webhook)
    with pytest.raises(NotAllowed):
        keeping.witness(cast.lisa, use)
    with pytest.raises(NotAllowed):
        keeping.seal(cast.lisa, cast.webhook, NEW)
    with pytest.raises(NotAllowed):
        keeping.receive(cast.olle, cast.webhook)
    assert keeping.witness(cast.olle, use) == "open"


def test_paper_is_received_with_number_place_day_and_who_brought_it(cast: Cast) -> None:
    """3-d, 3.2-c."""
    assert not keeping.settled(cast.webhook)
    with pytest.raises(Faults) as refused:
        keeping.receive(
            *(cast.maria, cast.webhook),
            number=" ",
            place="",
            handed_in_by="",
            sealed_at=clock.now() + timedelta(days=2),
        )
    assert set(refused.value.faults) == {"number", "place", "handed_in_by", "sealed_on"}
    keeping.receive(cast.maria, cast.webhook)
    assert keeping.settled(cast.webhook)
    use = keeping.ask(cast.per, cast.webhook)
    keeping.witness(cast.maria, use)
    with pytest.raises(WrongState, match="inte digitalt"):
        keeping.show(cast.per, use)
    [sealed] = entries("custody:sealed")
    assert sealed["facts"]["number"] == "K-17" and sealed["person"] == cast.maria.id


def test_a_loan_is_an_exception_that_stands_until_the_password_is_changed(cast: Cast) -> None:
    """5-b."""
    keeping.seal(cast.olle, cast.webhook)
    with pytest.raises(BadInput, match="Skriv varför"):
        keeping.lend(cast.olle, cast.webhook, cast.lisa, reason="  ")
    with pytest.raises(BadInput, match="Välj vem"):
        keeping.lend(cast.olle, cast.webhook, cast.olle)
    with pytest.raises(NotAllowed):
        keeping.lend(cast.lisa, cast.webhook, cast.per)
    loan = keeping.lend(cast.olle, cast.webhook, cast.lisa)
    assert keeping.seal_state(cast.webhook) == "due"
    with db.unit_of_work() as session:
        told = session.scalars(select(AccountNotice.person_id)).all()
        assert set(told) == {cast.olle.id, cast.maria.id}
        assert [one.id for one in custody.open_uses(session)] == [loan]
    keeping.seal(cast.olle, cast.webhook, NEW, changed=True)
    with db.unit_of_work() as session:
        done = session.get_one(CustodyUse, loan)
        assert (done.step, done.changed_by_id) == ("closed", cast.olle.id)


def test_a_page_run_from_own_logins_needs_two_verified_administrators_and_no_envelope(
    cast: Cast,
) -> None:
    """3-d: Facebook is exempt from the envelope, not from emergency access (3-b)."""
    keeping.administer(cast.facebook, cast.olle, cast.lisa)
    with pytest.raises(WrongState, match="aldrig i ett kuvert"):
        keeping.seal(cast.olle, cast.facebook)
    keeping.verify(cast.maria, cast.facebook, cast.olle)
    assert not keeping.settled(cast.facebook)
    keeping.verify(cast.maria, cast.facebook, cast.lisa)
    assert keeping.settled(cast.facebook)
    use = keeping.ask(cast.per, cast.facebook)
    assert keeping.witness(cast.maria, use) == "open"
    assert keeping.confirm_changed(cast.olle, use) == "closed"
    keeping.shut_out(cast.lisa)
    assert not keeping.settled(cast.facebook)
    with pytest.raises(NotAllowed):
        keeping.verify(cast.olle, cast.facebook, cast.lisa)
    with pytest.raises(WrongState, match="kuvert i stället"):
        keeping.verify(cast.maria, cast.webhook, cast.olle)


def test_nobody_verifies_themselves(cast: Cast) -> None:
    keeping.administer(cast.facebook, cast.maria)
    with pytest.raises(NotAllowed, match="dig själv"):
        keeping.verify(cast.maria, cast.facebook, cast.maria)


@pytest.mark.parametrize(
    ("old", "new"), [p for p in itertools.product(Step, Step) if p not in rules.STEP_ARROWS]
)
def test_no_opening_makes_a_move_that_is_not_in_the_table(cast: Cast, old: Step, new: Step) -> None:
    with db.unit_of_work() as session:
        use = CustodyUse(
            account_id=cast.webhook,
            kind="opening",
            step=old.value,
            reason="Olle är sjuk.",
            by_id=cast.maria.id,
            at=clock.now(),
        )
        session.add(use)
        session.flush()
        with pytest.raises(WrongState):
            custody_operations.move(session, cast.maria, use, new, clock.now())
        assert use.step == old


@pytest.mark.parametrize(
    ("old", "new"), [p for p in itertools.product(Seal, Seal) if p not in rules.SEAL_ARROWS]
)
def test_no_envelope_makes_a_move_that_is_not_in_the_table(
    cast: Cast, old: Seal, new: Seal
) -> None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, cast.webhook)
        envelope = CustodyEnvelope(state=old.value)
        with pytest.raises(WrongState):
            custody_operations._move_seal(
                session, cast.maria, account, envelope, new, {}, clock.now()
            )
        assert envelope.state == old


def test_the_log_says_each_thing_in_words(cast: Cast) -> None:
    tags = {*rules.STEP_ARROWS.values(), *rules.SEAL_ARROWS.values()}
    assert tags <= set(SENTENCES)
    keeping.receive(cast.maria, cast.webhook)
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook, "drill"))
    keeping.witness(cast.per, keeping.ask(cast.maria, cast.webhook))
    keeping.lend(cast.olle, cast.webhook, cast.lisa)
    keeping.seal(cast.olle, cast.webhook, NEW, changed=True)
    names = Names({cast.webhook: "Larm"}, {cast.maria.id: "Maria", cast.lisa.id: "Lisa"})
    told = [SENTENCES[one["tag"]](one["facts"], names) for one in entries("custody:")]
    assert told[0] == "Larm: tog emot kuvert K-17."
    assert "Larm: kuvertet går att öppna." in told
    assert "Larm: bevittnade att Maria fick nödåtkomst." in told
    assert "Larm: lånade ut inloggningen till Lisa." in told
    assert told[-1] == "Larm: inloggningen är i ordning igen."
