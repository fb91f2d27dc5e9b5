"""Disposal under a rule: what is listed, what never is, and what is left afterwards (4.4-b)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from channels.feeds.items import Item
from console import clock, db
from console.archive import disposal, disposal_rules
from console.config import Settings
from console.errors import Faults, NotAllowed, Stale, WrongState
from console.incidents.operations import planning
from console.incidents.operations.planning import Wanted
from console.incidents.queries import accounts_offered
from console.monitoring import item_operations
from console.monitoring.feed_models import DisposedItem, FeedItem, FeedSource
from console.monitoring.question_models import Question
from console.people.models import Person
from console.pictures.models import Image
from console.pictures.operations import keep
from console.pictures.reencoding import Reencoded
from tests.accounts.timeline import entries
from tests.archive import acts
from tests.cast import Cast
from tests.feeds.net import Net, items
from tests.feeds.net import keep as feed_keep
from tests.feeds.test_inbox import follow
from tests.incidents.cast import event
from tests.moderation import acts as moderation
from tests.waiting import until_one_waits
from workers import chores

Register = dict[str, int]


def left() -> set[int]:
    with db.unit_of_work() as session:
        return set(session.scalars(select(FeedItem.id)))


def test_only_what_is_done_and_old_enough_is_listed_under_each_rule_4_4_b(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    old = {state: acts.item(cast.olle, school, state) for state in ("seen", "no_action")}
    for state in ("new", "question", "forwarded", "moderating", "moderated"):
        acts.item(cast.olle, school, state)
    acts.item(cast.olle, school, "seen", months=5)
    answered = moderation.write_down(cast.olle, school)
    moderation.move(cast.olle, answered, "question")
    moderation.answer(cast.olle, answered)
    with db.unit_of_work() as session:
        row = session.get_one(FeedItem, answered)
        row.state_at = disposal_rules.before(clock.now(), 7)
    rule = acts.make_rule(cast.rut, "items")
    assert set(acts.candidates(rule).ids) == set(old.values())
    questions = acts.make_rule(cast.stina, "questions", 6)
    assert list(acts.candidates(questions).ids) == [answered]
    assert acts.candidates(acts.make_rule(cast.rut, "items", 12)).total == 0


def test_what_belongs_to_a_crisis_or_is_evidence_is_never_listed_4_4_b(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    acts.item(cast.olle, school, "seen", alert=True)
    case_item = moderation.write_down(cast.olle, school)
    case = moderation.capture(cast.olle, case_item)
    moderation.do("keep", cast.olle, case, "Bara kritik.")
    followed = moderation.write_down(cast.olle, school)
    moderation.move(cast.olle, followed, "question")
    moderation.answer(cast.olle, followed, follow_up_on=clock.now().date())
    with db.unit_of_work() as session:
        for number in (case_item, followed):
            session.get_one(FeedItem, number).state_at = disposal_rules.before(clock.now(), 7)
    for matter in ("items", "questions"):
        assert acts.candidates(acts.make_rule(cast.rut, matter)).total == 0


def test_what_was_listed_is_gone_and_only_the_log_says_so_4_4_b(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    gone = [acts.item(cast.olle, school, "seen") for _n in range(3)]
    stays = acts.item(cast.olle, school, "new")
    with db.unit_of_work() as session:
        image = keep(session, Reencoded(b"own", 400, 400, b"p"), clock.now())
        shared = keep(session, Reencoded(b"shared", 400, 400, b"p"), clock.now())
        session.get_one(FeedItem, gone[0]).image_id = image.id
        session.get_one(FeedItem, gone[1]).image_id = shared.id
        session.get_one(FeedItem, stays).image_id = shared.id
    rule = acts.make_rule(cast.rut, "items")
    found = acts.candidates(rule)
    assert acts.dispose(cast.rut, rule, found.mark) == 3
    assert left() == {stays}
    with db.unit_of_work() as session:
        assert list(session.scalars(select(Image.id))) == [shared.id]
    said = entries("archive:disposed")[0]
    assert said["person"] == cast.rut.id
    assert said["facts"]["count"] == 3 and said["facts"]["rule"] == rule
    assert said["facts"]["decision"] == "Kommunfullmäktige § 41"
    assert acts.candidates(rule).total == 0


def test_an_answered_question_goes_with_its_answer_and_what_colleagues_were_told_4_4_b(
    cast: Cast, register: Register
) -> None:
    asked = moderation.write_down(cast.olle, register["@skola"], content="Hemlig fråga?")
    moderation.move(cast.olle, asked, "question")
    moderation.move(cast.olle, asked, "forwarded", to=cast.eva.id, sent_as="question",
                    note="Du vet.", mail=False)  # fmt: skip
    moderation.reply(cast.eva, asked, "Hemligt svar.")
    moderation.answer(cast.olle, asked, "Hemligt svar.")
    with db.unit_of_work() as session:
        session.get_one(FeedItem, asked).state_at = disposal_rules.before(clock.now(), 7)
    rule = acts.make_rule(cast.rut, "questions")
    acts.dispose(cast.rut, rule, acts.candidates(rule).mark)
    with db.unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Question)) == 0
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
                 "AND tablename NOT LIKE 'timeline%' ORDER BY tablename")
        ).all()  # fmt: skip
        for table in tables:
            rows = session.scalars(
                text(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%hemlig%'")
            )
            assert rows.one() == 0, table


def test_a_list_that_has_changed_since_it_was_seen_is_looked_at_again_4_4_b(
    cast: Cast, register: Register
) -> None:
    acts.item(cast.olle, register["@skola"], "seen")
    rule = acts.make_rule(cast.rut, "items")
    mark = acts.candidates(rule).mark
    acts.item(cast.olle, register["@skola"], "seen", months=9)
    with pytest.raises(Stale):
        acts.dispose(cast.rut, rule, mark)
    assert len(left()) == 2
    with db.unit_of_work() as session:
        person = session.get_one(Person, cast.stina.id)
        disposal.end_rule(session, person, rule, clock.now())
    with pytest.raises(WrongState):
        acts.dispose(cast.rut, rule, mark)
    assert acts.candidates(rule).total == 0
    assert entries("archive:disposed") == []


def test_a_question_that_is_asked_again_as_the_list_is_confirmed_stays_4_4_b(
    cast: Cast, register: Register
) -> None:
    asked = moderation.write_down(cast.olle, register["@skola"])
    moderation.move(cast.olle, asked, "question")
    moderation.answer(cast.olle, asked)
    with db.unit_of_work() as session:
        session.get_one(FeedItem, asked).state_at = disposal_rules.before(clock.now(), 7)
    rule = acts.make_rule(cast.rut, "questions")
    mark = acts.candidates(rule).mark
    with ThreadPoolExecutor(1) as pool:
        with db.unit_of_work() as session:
            olle = session.get_one(Person, cast.olle.id)
            item_operations.move(session, olle, asked, "question", clock.now())
            session.flush()
            press = pool.submit(acts.dispose, cast.rut, rule, mark)
            until_one_waits()
        with pytest.raises(Stale):
            press.result(20)
    assert left() == {asked} and len(moderation.questions(asked)) == 2


def test_a_rumour_out_of_an_exercises_plan_is_never_listed_4_4_b(
    cast: Cast, register: Register
) -> None:
    with db.unit_of_work() as session:
        lisa, now = session.get_one(Person, cast.lisa.id), clock.now()
        plan = planning.write(session, lisa, "Vattenläckan", "En ledning brister.", now)
        told = Wanted(minute=0, kind="rumour", content="Förgiftat!", place="Gruppen")
        planning.add_inject(session, lisa, plan.id, told, now)
        choices = {one.id: ("leave", "Behövs inte.") for one in accounts_offered(session)}
        made = event(session, lisa, exercise=True, now=now, choices=choices, mail=False)
        planning.attach(session, lisa, made, plan.id, now)
    chores.let_injects_happen()
    (appeared,) = left()
    old = acts.item(cast.olle, register["@skola"], "seen")
    moderation.move(cast.lisa, appeared, "seen")
    with db.unit_of_work() as session:
        session.get_one(FeedItem, appeared).state_at = disposal_rules.before(clock.now(), 7)
    rule = acts.make_rule(cast.rut, "items")
    assert list(acts.candidates(rule).ids) == [old]
    assert acts.dispose(cast.rut, rule, acts.candidates(rule).mark) == 1


def test_nothing_is_disposed_of_without_a_rule_or_by_anybody_else_4_4_b(
    cast: Cast, register: Register
) -> None:
    acts.item(cast.olle, register["@skola"], "seen")
    rule = acts.make_rule(cast.rut, "items")
    mark = acts.candidates(rule).mark
    for person in (cast.stina, cast.rolf, cast.olle, cast.siv, cast.greta):
        with pytest.raises(NotAllowed):
            acts.dispose(person, rule, mark)
    for person in (cast.olle, cast.rolf, cast.lisa, cast.siv):
        with pytest.raises(NotAllowed):
            acts.make_rule(person)
    assert len(left()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"matter": "messages"}, "matter"),
        ({"months": 0}, "months"),
        ({"months": None}, "months"),
        ({"months": 241}, "months"),
        ({"decision": " "}, "decision"),
        ({"decision": "x" * 201}, "decision"),
        ({"decision": "a\x07b"}, "decision"),
        ({"decided_on": None}, "decided_on"),
    ],
)
def test_a_rule_says_what_after_how_long_and_who_decided(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Faults) as refused:
        acts.make_rule(cast.rut, **changes)  # type: ignore[arg-type]
    assert set(refused.value.faults) == {field}


def test_a_feed_that_still_carries_what_was_disposed_of_doesnt_bring_it_back_4_4_b(
    cast: Cast, database: Settings
) -> None:
    with Net(database, cast.stina) as net:
        source = net.follow("renamed")
        net.read()
        carried = items(source)
        assert carried
        with db.unit_of_work() as session:
            for row in session.scalars(select(FeedItem).order_by(FeedItem.id)):
                row.state, row.alert = "seen", False
                row.state_at = disposal_rules.before(clock.now(), 7)
        rule = acts.make_rule(cast.rut, "items")
        acts.dispose(cast.rut, rule, acts.candidates(rule).mark)
        with db.unit_of_work() as session:
            one = session.get_one(FeedSource, source)
            one.etag = one.last_modified = ""
            one.calm_at = one.busy_at = clock.now()
        net.feeds.round += 1
        assert net.read() == 1
        assert items(source) == []
    with db.unit_of_work() as session:
        kept = [one.digest for one in session.scalars(select(DisposedItem))]
    assert len(kept) >= len(carried)
    assert not set(kept) & {word for one in carried for word in (one.guid, one.link)}


def test_what_comes_under_the_link_of_several_that_were_disposed_of_is_news_4_4_b(
    cast: Cast,
) -> None:
    """A feed whose items all lead to one page."""
    number = follow(cast.lisa)
    page = "https://x.example/nyheter"
    told = [Item(guid=f"{n}", title=f"Nr {n}", text=f"Nytt {n}.", link=page) for n in range(3)]
    feed_keep(number, *told)
    with db.unit_of_work() as session:
        for row in session.scalars(select(FeedItem)):
            row.state, row.state_at = "seen", disposal_rules.before(clock.now(), 7)
    rule = acts.make_rule(cast.rut, "items")
    acts.dispose(cast.rut, rule, acts.candidates(rule).mark)
    new = Item(guid="9", title="Nr 9", text="Vattnet är avstängt.", link=page)
    feed_keep(number, *told, new)
    assert [one.title for one in items(number)] == ["Nr 9"]
