"""The pages of ordinary posts, and of texts handed to the information unit."""

import re

import pytest

from console import clock, db
from console.accounts.models import Account, AccountAdministrator
from console.messages.models import Message
from console.posts import queries
from console.posts.operations import writing
from tests.cast import client_for
from tests.posts.desk import PAGE, TEXT, Desk, abandon
from tests.web.test_long_lists import queries_of

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.fixture
def stina(app, desk):
    return client_for(app, desk.stina)


def typed(desk, **changed):
    return {"accounts": [desk.library], "text": TEXT, "page": PAGE, "do": "review"} | changed


def hash_on(page):
    return re.search(r'name="seen_hash" value="(\w+)"', page)[1]


def only_message():
    with db.unit_of_work() as session:
        return session.query(Message).one().id


def test_a_post_is_written_read_through_and_released(desk, stina):
    """1.1-a, 4-a"""
    form = stina.get("/posts/new").text
    assert "Öppet: säg vem ni är" in form
    answer = stina.post("/posts/new", data=typed(desk))
    assert answer.status_code == 303
    page = stina.get(answer.location).text
    assert "Går ut så snart du släpper det." in page
    assert PAGE in page and "LIX" in page
    refused = stina.post(answer.location, data={"seen_hash": hash_on(page)})
    assert refused.status_code == 422
    assert "Bekräfta att inlägget följer värdegrunden." in refused.text
    said = {"seen_hash": hash_on(page), "confirmed": "y"}
    assert stina.post(answer.location, data=said).status_code == 303
    message_id = only_message()
    desk.tick()
    desk.send(message_id)
    shown = stina.get(f"/posts/{message_id}").text
    assert "Har gått ut. Allmän handling" in shown
    assert "Skickad" in shown
    assert TEXT[:20] in stina.get("/posts?show=sent").text
    assert TEXT[:20] not in stina.get("/posts?show=draft").text


def test_what_is_missing_is_named_by_its_field_and_the_draft_is_kept(desk, stina):
    answer = stina.post("/posts/new", data={"text": TEXT, "do": "review", "clock": "25.00"})
    assert answer.status_code == 422
    for sentence in (
        "Välj minst ett konto.",
        "Klistra in adressen till webbsidan där det också står.",
        "Skriv klockslaget så här: 09.00.",
    ):
        assert sentence in answer.text
    assert stina.get(f"/posts/{only_message()}").status_code == 200


def test_warnings_are_shown_before_the_press_4_5_c(desk, stina):
    """4.5-c"""
    answer = stina.post("/posts/new", data=typed(desk, text="Ring Anna 811218-9876."))
    page = stina.get(answer.location).text
    assert "811218-9876 ser ut som ett personnummer." in page
    assert "Jag har läst varningarna" in page


def test_a_draft_is_saved_and_changed_until_somebody_else_has(desk, stina):
    stina.post("/posts/new", data=typed(desk, do="save"))
    message_id = only_message()
    address = f"/posts/{message_id}/edit"
    changed = typed(desk, text="Annan text.", revision="1", do="save")
    assert stina.post(address, data=changed).status_code == 303
    assert stina.post(address, data=changed).status_code == 409
    assert "Annan text." in stina.get(address).text


def test_a_stranger_sees_nothing_of_a_post(app, desk, stina):
    message_id = desk.draft()
    kerstin = client_for(app, desk.kerstin)
    for address in ("", "/edit", "/release"):
        assert kerstin.get(f"/posts/{message_id}{address}").status_code == 404
    for verb in ("edit", "release", "take-back", "throw-away", "anew", "hand-over", "accounts/1"):
        assert kerstin.post(f"/posts/{message_id}/{verb}").status_code == 404
    assert TEXT[:20] not in kerstin.get("/posts").text
    assert client_for(app, desk.lisa).get(f"/posts/{message_id}").status_code == 403


def test_a_held_post_says_why_and_is_handed_over_and_read(app, desk, stina):
    """7-a: the author sees it held, the unit sees the text in the event."""
    message_id = desk.release()
    incident = desk.open()
    desk.tick()
    page = stina.get(f"/posts/{message_id}").text
    assert "Hålls. Koka vattnet har låst kontot" in page
    assert "Låset gäller tills" in page
    assert "Se inlägget som hålls" in stina.get("/").text
    assert TEXT[:20] in stina.get("/posts?show=held").text
    assert stina.post(f"/posts/{message_id}/hand-over").status_code == 303
    assert "Texten är lämnad till informationsenheten" in stina.get(f"/posts/{message_id}").text
    lisa = client_for(app, desk.lisa)
    board = lisa.get(f"/incidents/{incident.slug}/").text
    assert "1 textförslag att läsa" in board
    listed = lisa.get(f"/incidents/{incident.slug}/suggestions").text
    assert TEXT in listed and "Stina Norén" in listed
    with db.unit_of_work() as session:
        number = queries.suggestions(session, incident.id)[0].id
    address = f"/incidents/{incident.slug}/suggestions/{number}"
    assert stina.post(f"{address}/read").status_code == 403
    assert lisa.post(f"{address}/read").status_code == 303
    assert "textförslag att läsa" not in lisa.get(f"/incidents/{incident.slug}/").text
    assert "Lisa Berg på informationsenheten har läst" in stina.get(f"/posts/{message_id}").text
    assert lisa.post(f"{address}/dismiss").status_code == 303
    assert "använder den inte" in stina.get(f"/posts/{message_id}").text
    log = lisa.get(f"/incidents/{incident.slug}/log").text
    assert "till informationsenheten." in log and "Avfärdade ett textförslag." in log


def test_when_the_lock_is_released_the_author_is_asked(desk, stina):
    message_id = desk.release()
    incident = desk.open()
    desk.tick()
    desk.unlock(incident, desk.library)
    assert "Sänd på nytt eller kasta" in stina.get("/").text
    page = stina.get(f"/posts/{message_id}").text
    assert "Låset är släppt. Välj: sänd på nytt eller kasta." in page
    again = stina.post(f"/posts/{message_id}/anew")
    assert again.location == f"/posts/{message_id}/edit"
    assert "Sänd på nytt eller kasta" not in stina.get("/").text


def test_a_locked_account_is_named_where_one_writes_and_reads_through(desk, stina):
    message_id = desk.draft()
    desk.open(desk.library)
    assert "Låst av Koka vattnet." in stina.get("/posts/new").text
    page = stina.get(f"/posts/{message_id}/release").text
    assert "Inlägget går inte ut medan kontot är låst." in page
    assert "Släpp inlägget" not in page


def test_without_live_use_the_page_says_so_and_asks_for_no_press(app, database):
    desk = Desk(database, live=False)
    stina = client_for(app, desk.stina)
    page = stina.get(f"/posts/{desk.draft()}/release").text
    assert "Skarp drift är inte påslagen, så inget går ut." in page
    assert "Släpp inlägget" not in page


def test_by_hand_and_unknown_wait_on_the_start_page_until_somebody_says(desk, stina):
    message_id = desk.release(desk.library, desk.by_hand)
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, rows)
    abandon()
    start = stina.get("/").text
    assert "Säg om inlägget är ute" in start and "Publicera för hand" in start
    assert "Obekräftat. Titta på kontot och svara." in stina.get(f"/posts/{message_id}").text
    with db.unit_of_work() as session:
        ids = {one.account_id: one.id for one in queries.deliveries_of(session, message_id)}
    address = f"/posts/{message_id}/accounts/"
    wrong = stina.post(f"{address}{ids[desk.by_hand]}", data={"answer": "done", "link": "nej"})
    assert wrong.status_code == 422 and "börjar med https://" in wrong.text
    assert stina.post(f"{address}{ids[desk.library]}", data={"answer": ""}).status_code == 422
    for account, said in ((desk.by_hand, "done"), (desk.library, "out")):
        assert stina.post(f"{address}{ids[account]}", data={"answer": said}).status_code == 303
    assert {state for state, _why in desk.rows(message_id).values()} == {"confirmed", "sent"}
    start = stina.get("/").text
    assert "Säg om inlägget är ute" not in start and "Publicera för hand" not in start


def test_what_was_out_before_the_lock_came_is_not_offered_to_be_sent_anew(desk, stina):
    """Said to be out, it asks for nothing more: sent once more it would stand there twice."""
    message_id = desk.release(desk.by_hand)
    desk.tick()
    incident = desk.open()
    desk.chores()
    desk.unlock(incident, desk.by_hand)
    assert "Sänd på nytt eller kasta" in stina.get("/").text
    with db.unit_of_work() as session:
        row = queries.deliveries_of(session, message_id)[0]
    address = f"/posts/{message_id}/accounts/{row.id}"
    assert stina.post(address, data={"answer": "done"}).status_code == 303
    assert "Sänd på nytt" not in stina.get("/").text
    page = stina.get(f"/posts/{message_id}").text
    assert "Har gått ut." in page and "Sänd på nytt" not in page


def test_an_author_who_no_longer_runs_the_account_can_still_say_whether_the_post_is_out(
    desk, stina
):
    """They are asked, nobody else sees it, and its correction waits for the answer."""
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, rows)
    abandon()
    with db.unit_of_work() as session:
        blog = session.get_one(Account, desk.blog)
        blog.administrators = [AccountAdministrator(person_id=desk.kerstin.id, position=1)]
    assert stina.get("/").text.count("Säg om inlägget är ute") == 2
    for row in rows:
        address = f"/posts/{message_id}/accounts/{row.id}"
        assert stina.post(address, data={"answer": "out"}).status_code == 303
    assert {state for state, _why in desk.rows(message_id).values()} == {"sent"}
    assert stina.get(f"/posts/{message_id}/correct").status_code == 200


def test_the_list_is_paged_and_searched_in_a_fixed_number_of_queries(desk, stina):
    def of(number):
        for place in range(number):
            desk.draft(text=f"Inlägg om sagor {place}")
        return len(queries_of(stina, "/posts"))

    stina.get("/posts")
    assert of(3) == of(60)
    page = stina.get("/posts?words=sagor+7").text
    assert "Inlägg om sagor 7" in page
    assert "1 av 2" in stina.get("/posts").text


def test_a_draft_is_thrown_away(desk, stina):
    message_id = desk.draft()
    assert stina.post(f"/posts/{message_id}/throw-away").status_code == 303
    assert "Kastat. Inget gick ut." in stina.get(f"/posts/{message_id}").text


def test_an_administrator_of_all_its_accounts_tends_a_colleagues_post(app, desk):
    with db.unit_of_work() as session:
        session.add(
            AccountAdministrator(account_id=desk.library, person_id=desk.kerstin.id, position=2)
        )
    message_id = desk.draft()
    kerstin = client_for(app, desk.kerstin)
    assert kerstin.get(f"/posts/{message_id}").status_code == 200
    with db.unit_of_work() as session:
        writing.throw_away(session, desk.kerstin, message_id, clock.now())
    assert desk.state(message_id) == "withdrawn"
