"""The inbox: who sees what, what becomes of an item, and the way to a rumour."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from channels.feeds.items import Item, address, made
from console import clock, db
from console.accounts.operations import import_accounts
from console.accounts.queries import all_accounts
from console.errors import NotFound, WrongState
from console.monitoring import feed_operations, item_operations, item_rules, question_operations
from console.monitoring.feed_models import FeedItem, FeedSource
from console.monitoring.item_rules import ItemState
from console.monitoring.models import Rumour
from console.people.models import Person
from console.policy.operations import set_profile
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.feeds.net import items, keep, source
from tests.incidents.cast import event
from tests.upkeep import acts as upkeep
from tests.waiting import until_one_waits

ClientFor = Callable[[Person | None], FlaskClient]
ITEM = Item(
    guid="1", title="Vattnet smakar illa", text="Är det farligt?", link="https://x.example/1"
)
ALARM = Item(
    guid="2", title="Brand: Torsby", text="Gå inomhus.", link="https://x.example/varningar",
    alert=True, test=True,
)  # fmt: skip


def follow(person: Person, account_id: int | None = None, **values: object) -> int:
    with db.unit_of_work() as session:
        now = clock.now()
        address = f"https://flode.example/{account_id}"
        one = FeedSource(
            account_id=account_id, name="Källan", form="feed", asked_address=address,
            address=address, added_at=now, added_by_id=person.id, calm_at=now, busy_at=now,
            **values,
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def move(person: Person, item_id: int, state: str, **more: object) -> FeedItem:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        return item_operations.move(session, actor, item_id, state, clock.now(), **more)  # type: ignore[arg-type]


@pytest.fixture
def school(cast: Cast) -> int:
    return upkeep.register()["@skola"]


@pytest.fixture
def asked(cast: Cast, school: int) -> int:
    """An item on an account of Olle's. Returns its number."""
    number = follow(cast.lisa, school)
    keep(number, ITEM)
    return items(number)[0].id


def test_every_move_outside_the_table_is_refused(cast: Cast, asked: int) -> None:
    for old, new in itertools.product(ItemState, ItemState):
        if item_rules.may_move(old, new) or old == new:
            continue
        with db.unit_of_work() as session:
            session.get_one(FeedItem, asked).state = old
        with pytest.raises(WrongState):
            move(cast.lisa, asked, new, to=cast.anders.id)
    assert not item_rules.may_move("new", "gone") and not item_rules.may_move("x", "seen")


def test_dealing_with_an_accounts_item_counts_as_a_look_at_it(cast: Cast, asked: int) -> None:
    """4-f"""
    move(cast.olle, asked, "seen")
    assert [one["facts"]["how"] for one in entries("check:made")] == ["inbox"]


def test_an_administrator_sees_their_own_accounts_and_the_authorities(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    keep(follow(cast.lisa), replace(ITEM, guid="9", title="Storm på väg"))
    newcomer = client_for(upkeep.newcomer())
    page = newcomer.get("/inbox").text
    assert "Storm på väg" in page and "Vattnet smakar illa" not in page
    assert newcomer.get(f"/inbox/{asked}").status_code == 404
    assert newcomer.post(f"/inbox/{asked}/seen").status_code == 404
    for person in (cast.olle, cast.lisa, cast.stina):
        page = client_for(person).get("/inbox").text
        assert "Storm på väg" in page and "Vattnet smakar illa" in page
    assert client_for(cast.karin).get("/inbox").status_code == 403


def test_what_is_in_the_open_is_told_from_what_is_done_and_found_again(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    lisa = client_for(cast.lisa)
    answer = lisa.post(f"/inbox/{asked}/no_action", data={"back": "/inbox?show=open"})
    assert answer.location == "/inbox?show=open"
    for bad in ("https://evil.example/inbox?", "//evil.example", "/inbox?\\evil"):
        answer = lisa.post(f"/inbox/{asked}/no_action", data={"back": bad})
        assert answer.location == f"/inbox/{asked}"
    assert "Inget att hantera." in lisa.get("/inbox").text
    assert "Vattnet smakar illa" in lisa.get("/inbox?show=all&words=SMAKAR").text
    assert "Inget passar in." in lisa.get("/inbox?show=all&words=bibliotek").text


def as_shown(client: FlaskClient, address: str, item_id: int, state: str) -> dict[str, str]:
    """What the form behind one of a page's buttons sends."""
    form = re.search(
        rf'action="/inbox/{item_id}/{state}".*?</form>', client.get(address).text, re.S
    )
    assert form is not None
    return dict(re.findall(r'type="hidden" name="(back|seen)" value="([^"]*)"', form[0]))


@pytest.mark.parametrize("address", ["/inbox", "/inbox/{}"])
def test_a_press_on_a_page_from_before_somebody_else_dealt_with_it_undoes_nothing(
    cast: Cast, asked: int, client_for: ClientFor, address: str
) -> None:
    maja = client_for(cast.maja)
    sent = {
        state: as_shown(maja, address.format(asked), asked, state)
        for state in ("question", "no_action")
    }
    move(cast.olle, asked, "forwarded", to=cast.anders.id, sent_as="question")
    answer = maja.post(f"/inbox/{asked}/no_action", data=sent["no_action"], follow_redirects=True)
    assert "Läget är: skickat vidare" in answer.text
    assert items()[0].state == "forwarded" and items()[0].forwarded_to_id == cast.anders.id
    with db.unit_of_work() as session:
        actor = session.get_one(Person, cast.olle.id)
        question_operations.answer(session, actor, asked, clock.now(), text="Nej.")
    answer = maja.post(f"/inbox/{asked}/question", data=sent["question"], follow_redirects=True)
    assert "Läget är: besvarat" in answer.text, "asked once, and answered once"
    assert items()[0].state == "answered"
    maja.post(f"/inbox/{asked}/question", data=as_shown(maja, "/inbox?show=all", asked, "question"))
    assert items()[0].state == "question", "whoever has seen the answer may ask anew"


def test_a_warning_that_changes_before_the_press_is_not_taken_as_seen(
    cast: Cast, client_for: ClientFor
) -> None:
    number = follow(cast.lisa)
    keep(number, replace(ALARM, test=False))
    (item,), lisa = items(number), client_for(cast.lisa)
    sent = as_shown(lisa, "/inbox", item.id, "seen")
    keep(number, replace(ALARM, test=False, text="Lämna huset nu."))
    answer = lisa.post(f"/inbox/{item.id}/seen", data=sent, follow_redirects=True)
    assert "Läget är: nytt" in answer.text and items(number)[0].state == "new"


def test_two_who_press_the_same_both_have_it_done(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    olle, maja = client_for(cast.olle), client_for(cast.maja)
    sent = as_shown(maja, "/inbox", asked, "no_action")
    olle.post(f"/inbox/{asked}/no_action", data=as_shown(olle, "/inbox", asked, "no_action"))
    answer = maja.post(f"/inbox/{asked}/no_action", data=sent, follow_redirects=True)
    assert "Läget är" not in answer.text and items()[0].by_id == cast.olle.id


def test_an_item_becomes_a_rumour_of_the_open_event_once(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    lisa = client_for(cast.lisa)
    assert "Gör det till ett rykte" not in lisa.get(f"/inbox/{asked}").text
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        locked = {one.id: ("lock_only", "Övning.") for one in all_accounts(session)}
        opened = event(session, unit, exercise=True, now=clock.now(), choices=locked, mail=False)
    page = lisa.get(f"/inbox/{asked}").text
    assert "Gör det till ett rykte" in page
    first = lisa.post(f"/inbox/{asked}/rumour", data={"event": str(opened.id)})
    again = lisa.post(f"/inbox/{asked}/rumour", data={"event": str(opened.id)})
    assert first.location == again.location and "/rumours/" in first.location
    rumour = lisa.get(first.location).text
    assert "Vattnet smakar illa" in rumour and "Källan" in rumour
    assert items()[0].state == "seen" and "Till ryktet" in lisa.get(f"/inbox/{asked}").text


def test_an_item_whose_link_leads_nowhere_becomes_a_rumour_without_it(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    number = follow(cast.lisa, school)
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        locked = {one.id: ("lock_only", "Övning.") for one in all_accounts(session)}
        opened = event(session, unit, exercise=True, now=clock.now(), choices=locked, mail=False)
    for n, odd in enumerate(("https://x.example/a b", "https://", "https://[x")):
        assert address(odd) == odd, "a feed may say so"
        keep(number, replace(ITEM, guid=f"odd {n}", text=f"Del {n}", link=odd))
        made = items(number)[-1]
        answer = client_for(cast.lisa).post(
            f"/inbox/{made.id}/rumour", data={"event": str(opened.id)}
        )
        assert "/rumours/" in answer.location
    with db.unit_of_work() as session:
        assert [one.link for one in session.query(Rumour).order_by(Rumour.id)] == [""] * 3


def test_a_test_alert_is_labelled_and_starts_nothing(cast: Cast, client_for: ClientFor) -> None:
    keep(follow(cast.lisa), ALARM)
    number = items()[0].id
    lisa = client_for(cast.lisa)
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        opened = event(session, unit, exercise=True, now=clock.now(), choices={}, mail=False)
    assert "PROV" in lisa.get("/inbox").text
    page = lisa.get(f"/inbox/{number}").text
    assert "Ett prov startar ingenting." in page and "Gör det till ett rykte" not in page
    lisa.post(f"/inbox/{number}/rumour", data={"event": str(opened.id)})
    assert items()[0].rumour_id is None and entries("rumour:logged") == []


def test_all_that_a_test_source_brings_is_a_test(cast: Cast) -> None:
    number = follow(cast.lisa, test=True)
    keep(number, ITEM)
    assert items(number)[0].test


def test_a_warning_that_changes_is_new_again_and_other_items_stay_done(cast: Cast) -> None:
    number = follow(cast.lisa)
    alarm = replace(ALARM, test=False)
    keep(number, ITEM, alarm)
    for one in items(number):
        move(cast.lisa, one.id, "no_action")
    keep(number, replace(ITEM, text="Ändrat."), replace(alarm, text="Röd nu."))
    plain, warning = items(number)
    assert (plain.state, plain.content) == ("no_action", "Ändrat.") and plain.changed_at
    assert (warning.state, warning.content) == ("new", "Röd nu.")


def test_a_new_warning_takes_no_earlier_ones_place(cast: Cast) -> None:
    """An authority's warnings may all lead to one page, and one of them may be the only one."""
    number = follow(cast.lisa)
    now = clock.now()
    before = replace(ALARM, test=False, at=(now - timedelta(days=90)).isoformat())
    keep(number, before)
    yesterday = (now - timedelta(days=1)).isoformat()
    assert keep(number, replace(before, guid="3", text="Röd nu.", at=yesterday)) == 1
    assert keep(number, replace(before, guid="4", at=now.isoformat())) == 1
    assert [one.content for one in items(number)] == ["Gå inomhus.", "Röd nu.", "Gå inomhus."]


def test_what_becomes_a_warning_or_no_test_is_called_so(cast: Cast) -> None:
    number = follow(cast.lisa)
    keep(number, ITEM, replace(ALARM, link=""))
    for one in items(number):
        move(cast.lisa, one.id, "no_action")
    keep(number, replace(ITEM, alert=True), replace(ALARM, link="", test=False))
    assert [(one.alert, one.test, one.state) for one in items(number)] == [
        (True, False, "new"), (True, False, "new"),
    ]  # fmt: skip
    move(cast.lisa, items(number)[0].id, "seen")
    keep(number, replace(ITEM, alert=True, test=True))
    assert (items(number)[0].test, items(number)[0].state) == (True, "seen"), "a test afterwards"


def test_all_of_a_test_source_stays_a_test_whatever_it_says_of_itself(cast: Cast) -> None:
    number = follow(cast.lisa, test=True)
    keep(number, ITEM)
    keep(number, replace(ITEM, text="Ändrat."))
    assert items(number)[0].test


@pytest.mark.parametrize("sent_as", ["question", "elsewhere"])
def test_a_warning_that_changes_stays_with_the_colleague_who_has_it(
    cast: Cast, client_for: ClientFor, sent_as: str
) -> None:
    number = follow(cast.lisa)
    warning = replace(ALARM, test=False)
    keep(number, warning, replace(warning, guid="3", title="Annat", link=""))
    (item, _other) = items(number)
    move(cast.lisa, item.id, "forwarded", to=cast.anders.id, sent_as=sent_as, note="Ta den.")
    anders = client_for(cast.anders)
    assert f"/inbox/{item.id}" in anders.get("/").text
    keep(number, replace(warning, text="Lämna huset nu."))
    (first, _other) = sorted(items(number), key=lambda one: one.sort_at, reverse=True)
    assert (first.id, first.state, first.content) == (item.id, "forwarded", "Lämna huset nu.")
    assert f"/inbox/{item.id}" in client_for(cast.anders).get("/").text
    move(cast.anders, item.id, "new" if sent_as == "elsewhere" else "question")
    keep(number, replace(warning, text="Faran är över."))
    assert first.id in [one.id for one in items(number) if one.state in item_rules.OPEN]


def test_a_warning_that_changes_stands_first_again(cast: Cast) -> None:
    number, now = follow(cast.lisa), clock.now()
    days = [(now - timedelta(days=n)).isoformat() for n in (2, 1)]
    alarm = replace(ALARM, test=False, at=days[0])
    keep(number, alarm, replace(ITEM, at=days[1]))
    keep(number, replace(alarm, text="Röd nu."), replace(ITEM, at=days[1]))
    warning, plain = items(number)
    assert warning.sort_at > plain.sort_at and warning.at == now - timedelta(days=2)


def test_a_first_answer_floods_nobody_with_what_is_old(cast: Cast) -> None:
    number = follow(cast.lisa)
    old = (clock.now() - timedelta(days=3)).isoformat()
    keep(number, replace(ITEM, at=old), replace(ALARM, at=clock.now().isoformat()))
    keep(number, replace(ITEM, guid="3", text="Sent.", link="", at=old))
    assert [one.state for one in items(number)] == ["seen", "new", "new"]


def test_ids_and_answers_of_any_size_are_kept(cast: Cast) -> None:
    number = follow(cast.lisa)
    long = made("ö" * 9000, title="Lång", link=address("https://x.example/" + "ö" * 900))
    assert len(long.guid) == 64 and long.link == ""
    edge = made("ö" * 500, title="Kant", link="https://x.example/" + "o" * 980)
    many = [made(f"nr {n}", title=f"Nr {n}", link=f"https://x.example/{n}") for n in range(500)]
    keep(number, long, edge, *many)
    assert keep(number, long, edge, *many) == 0 and len(items(number)) == 502


def test_only_what_mentions_the_words_is_kept_and_watch_words_are_marked(
    cast: Cast, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        stina = session.get_one(Person, cast.stina.id)
        set_profile(session, stina, clock.now(), {"watch_words": ["vatten"]}, reason="Vi mäter.")
    number = follow(cast.lisa, only=["Torsby"])
    keep(number, ITEM, replace(ITEM, guid="5", link="", text="Vattenläcka i Torsby."))
    (kept,) = items(number)
    assert kept.guid == "5" and kept.watched == ["vatten"]
    assert "Nämner: vatten." in client_for(cast.lisa).get("/inbox?show=watched").text


def test_what_no_feed_reaches_is_written_down_by_hand(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    olle = client_for(cast.olle)
    form = {"account": str(school), "title": "Kommentar", "content": "När öppnar ni?"}
    refused = olle.post("/inbox/new", data={**form, "title": "", "link": "x"})
    assert refused.status_code == 422
    assert 'href="#title"' in refused.text and 'href="#link"' in refused.text
    assert "När öppnar ni?" in refused.text and items() == []
    page = olle.post("/inbox/new", data=form, follow_redirects=True).text
    assert "När öppnar ni?" in page and "Skolan" in page
    newcomer = upkeep.newcomer()
    assert client_for(newcomer).post("/inbox/new", data=form).status_code == 403
    with pytest.raises(NotFound):
        move(newcomer, items()[0].id, "seen")


def test_sources_are_chosen_by_the_unit_and_one_that_fails_asks_to_be_seen_to(
    cast: Cast, client_for: ClientFor, move_clock: Callable[[timedelta], None]
) -> None:
    lisa = client_for(cast.lisa)
    assert "Inget hämtas förrän någon har valt det." in lisa.get("/feeds").text
    data = {"authority": "vma", "only": "Torsby, Värmland"}
    page = lisa.post("/feeds", data=data, follow_redirects=True).text
    assert "VMA, Sveriges Radio läses från och med nu." in page and "Torsby, Värmland" in page
    lisa.post("/feeds", data={"authority": "vma"})
    refused = lisa.post("/feeds", data={"name": "", "address": "https://x.example/flode"})
    assert refused.status_code == 422 and 'href="#name"' in refused.text
    refused = lisa.post("/feeds", data={"name": "X", "address": "ftp://x"})
    assert refused.status_code == 422 and 'href="#address"' in refused.text
    with db.unit_of_work() as session:
        (number,) = [one.id for one in session.query(FeedSource)]
    assert client_for(cast.olle).post("/feeds", data={"authority": "smhi"}).status_code == 403
    keep(number, trouble="unreachable")
    assert "Se över källan" not in lisa.get("/").text
    move_clock(timedelta(minutes=61))
    assert "Se över källan" in client_for(cast.lisa).get("/").text
    assert "Servern gick inte att nå." in client_for(cast.olle).get("/feeds").text
    move_clock(timedelta(minutes=120))
    assert "Läsningen står stilla." in client_for(cast.lisa).get("/feeds").text
    client_for(cast.lisa).post(f"/feeds/{number}/stop")
    assert source(number).stopped_at is not None


def test_two_who_choose_a_source_at_the_same_moment_have_the_same_one(cast: Cast) -> None:
    def choose() -> int:
        with db.unit_of_work() as session:
            stina = session.get_one(Person, cast.stina.id)
            return feed_operations.follow(session, stina, clock.now(), authority="vma").id

    with ThreadPoolExecutor(1) as pool:
        with db.unit_of_work() as session:
            lisa = session.get_one(Person, cast.lisa.id)
            first = feed_operations.follow(session, lisa, clock.now(), authority="vma").id
            other = pool.submit(choose)
            until_one_waits()
        assert other.result(20) == first
    assert len(entries("feed:followed")) == 1


def test_nobody_is_asked_to_see_to_the_feed_of_an_account_that_has_ended(
    cast: Cast, school: int, client_for: ClientFor, move_clock: Callable[[timedelta], None]
) -> None:
    follow(cast.lisa, school)
    upkeep.set_state(school, "ended")
    move_clock(timedelta(hours=2))
    lisa = client_for(cast.lisa)
    assert "Se över källan" not in lisa.get("/").text
    assert "Läsningen står stilla." not in lisa.get("/feeds").text


def test_every_account_with_a_feed_of_its_own_is_followed_in_one_press(
    cast: Cast, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        rows = [
            {"name": name, "platform": platform, "handle": handle, "state": "aktiv",
             "operation": "Skolan", "committee": "Nämnden", "address": address,
             "administrators": ["olle@torsby.example"]}
            for name, platform, handle, address in (
                ("Biblioteket", "Bluesky", "bibliotek.torsby.example", ""),
                ("Bloggen", "Blogg", "blogg", "https://blogg.torsby.example"),
                ("Sidan", "Facebook", "sidan", "https://facebook.example/sidan"),
            )
        ]  # fmt: skip
        import_accounts(session, None, rows, clock.now())
    stina = client_for(cast.stina)
    page = stina.post("/feeds/accounts", follow_redirects=True).text
    assert "2 konton läses från och med nu." in page
    assert "https://blogg.torsby.example/feed/" in page and "Läs alla" not in page
