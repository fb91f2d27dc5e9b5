"""The archive's pages: what each role can press, and what comes of bad input."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from console import clock, db
from console.archive import disposal, rules
from console.archive.models import SnapshotTask
from console.config import Settings
from console.incidents.models import Incident
from console.people.models import Person
from console.policy.models import LiveUse
from console.timeline.operations import record
from console.timeline.signing import sign_and_store
from tests.accounts.timeline import entries
from tests.archive import acts
from tests.archive.test_deliveries import pack
from tests.cast import Cast

ClientFor = Callable[[Person | None], FlaskClient]
MoveClock = Callable[[timedelta], None]
Register = dict[str, int]
ROW = re.compile(r'<li class="work-row">.*?<a href="([^"]+)">([^<]+)</a>', re.S)


def waits(client: FlaskClient) -> list[tuple[str, str]]:
    """(words, address) on the start page."""
    page = client.get("/").text
    return [(unescape(words), unescape(url)) for url, words in ROW.findall(page)]


def asked(cast: Cast, account_id: int) -> None:
    acts.ask()
    acts.describe(cast.stina, account_id, address="https://instagram.example/skola")
    acts.ask()


def upload(content: bytes, **more: str) -> dict[str, object]:
    return {"file": (BytesIO(content), "bild.png"), **more}


def test_an_administrator_is_asked_for_a_picture_and_the_archivist_for_its_receipt_4_4_a(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    school = register["@skola"]
    asked(cast, school)
    olle, rut = client_for(cast.olle), client_for(cast.rut)
    url = f"/accounts/{school}/archive"
    assert ("Ta en ögonblicksbild", url) in waits(olle)
    assert "Kontot har nytt namn eller ny adress" in olle.get(url).text
    answer = olle.post(url, data=upload(acts.picture(), taken_at=""), follow_redirects=True)
    assert "Sparad, och skickad till Rut Alm." in answer.text
    assert "Ta en ögonblicksbild" not in dict(waits(olle))

    ((words, where),) = [row for row in waits(rut) if row[0] == "Kvittera leveransen"]
    assert words and where == "/archive/deliveries/1"
    page = rut.get(where).text
    assert "Ögonblicksbild av Skolan" in page and acts.delivery(1).sha256 in page
    file = rut.post(f"{where}/file")
    assert hashlib.sha256(file.data).hexdigest() == acts.delivery(1).sha256
    assert "attachment" in file.headers["Content-Disposition"]
    assert file.headers["Cache-Control"] == "no-store"
    done = rut.post(f"{where}/receipt", data={"number": "A 12"}, follow_redirects=True)
    assert "Kvittot är lämnat." in done.text
    assert not [row for row in waits(rut) if row[0] == "Kvittera leveransen"]
    assert "A 12" in olle.get(url).text, "the receipt has returned"
    tags = [one["tag"] for one in entries("archive:")]
    assert tags == [f"archive:delivery:{verb}" for verb in ("made", "fetched", "received")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Välj en bild."),
        ({"file": (BytesIO(b"text"), "bild.png")}, "Filen är ingen bild"),
        ({"file": (BytesIO(b"%PDF-1.4 half"), "sida.pdf")}, "Filen är inte hel."),
        ({"taken_at": "i går"}, "Skriv dag och klockslag, eller lämna tomt."),
        ({"taken_at": "2999-01-01T12:00"}, "Tiden har inte varit än."),
    ],
)
def test_what_cant_be_kept_is_refused_beside_its_field(
    cast: Cast, register: Register, client_for: ClientFor, data: dict[str, object], sentence: str
) -> None:
    if "taken_at" in data:
        data = upload(acts.picture()) | data
    answer = client_for(cast.olle).post(f"/accounts/{register['@skola']}/archive", data=data)
    assert answer.status_code == 422 and sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert entries("snapshot:taken") == []


def test_a_late_picture_is_a_deviation_that_leads_to_where_it_is_taken_4_4_a(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    school = register["@skola"]
    asked(cast, school)
    stina = client_for(cast.stina)
    assert "Ögonblicksbild saknas" not in stina.get("/").text
    with db.unit_of_work() as session:
        session.execute(update(SnapshotTask).values(due_at=clock.now() - timedelta(days=1)))
    page = stina.get("/").text
    assert "Ögonblicksbild saknas" in page and f"/accounts/{school}/archive" in page
    assert stina.get(f"/accounts/{school}/archive").status_code == 200
    assert "Försenad sedan" in client_for(cast.olle).get(f"/accounts/{school}/archive").text
    acts.take(cast.stina, school)
    assert "Ögonblicksbild saknas" not in stina.get("/").text


def test_an_event_is_handed_over_from_its_review_and_its_number_stands_there_4_4_c(
    cast: Cast, closed: Incident, client_for: ClientFor
) -> None:
    lisa = client_for(cast.lisa)
    review = f"/timeline/{closed.slug}/"
    assert "Överlämna händelsen" in lisa.get(review).text
    assert "Överlämna händelsen" not in client_for(cast.karin).get(review).text
    page = lisa.get(f"{review}hand-over").text
    assert "Rut Alm" in page and "Rolf Gran" in page and "Olle Ek" not in page
    wrong = lisa.post(f"{review}hand-over", data={"copy": "whole"})
    assert wrong.status_code == 422 and "Välj en arkivarie eller registrator." in wrong.text
    answer = lisa.post(
        f"{review}hand-over",
        data={"to": str(cast.rolf.id), "copy": "masked"},
        follow_redirects=True,
    )
    assert "Till Rolf Gran" in answer.text and "Packas." in answer.text
    assert acts.delivery(1).masked
    assert acts.delivery(1).export_id is not None


def test_an_open_event_says_that_it_is_closed_first(
    cast: Cast, closed: Incident, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Incident, closed.id).state = "open"
    lisa = client_for(cast.lisa)
    assert "Avsluta händelsen först." in lisa.get(f"/timeline/{closed.slug}/hand-over").text
    data = {"to": str(cast.rolf.id), "copy": "whole"}
    assert lisa.post(f"/timeline/{closed.slug}/hand-over", data=data).status_code == 409


def test_a_failed_delivery_waits_for_whoever_handed_over(
    cast: Cast, closed: Incident, client_for: ClientFor
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    with db.unit_of_work() as session:
        session.get_one(type(acts.delivery(number)), number).state = "failed"
    lisa = client_for(cast.lisa)
    url = f"/archive/deliveries/{number}"
    assert ("Skicka leveransen igen", url) in waits(lisa)
    refused = lisa.post(f"{url}/again", data={"to": "x"})
    assert refused.status_code == 422 and "Välj en arkivarie eller registrator." in refused.text
    answer = lisa.post(f"{url}/again", data={"to": str(cast.rut.id)}, follow_redirects=True)
    assert "Skickas igen." in answer.text and "Packas." in answer.text
    answer = lisa.post(f"{url}/again", data={"to": str(cast.rut.id)}, follow_redirects=True)
    assert "packas just nu" in answer.text


def test_only_archivist_and_registrar_fetch_and_receive(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    number = acts.take(cast.olle, register["@skola"]).id
    for person in (cast.stina, cast.lisa, cast.greta, cast.siv):
        client = client_for(person)
        page = client.get(f"/archive/deliveries/{number}")
        assert page.status_code == 200 and "Hämta filen" not in page.text
        assert client.post(f"/archive/deliveries/{number}/file").status_code == 403
        assert client.post(f"/archive/deliveries/{number}/receipt").status_code == 403
    assert client_for(cast.olle).get(f"/archive/deliveries/{number}").status_code == 403
    assert client_for(cast.rolf).post(f"/archive/deliveries/{number}/file").status_code == 200
    assert client_for(cast.rut).get("/archive/deliveries/999").status_code == 404


def test_disposal_is_looked_at_twice_and_says_how_many_4_4_b(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    for _n in range(2):
        acts.item(cast.olle, register["@skola"], "seen")
    rut, stina = client_for(cast.rut), client_for(cast.stina)
    wrong = rut.post("/archive/disposal", data={"matter": "items", "months": "x"})
    assert wrong.status_code == 422 and "Skriv ett antal månader, 1–240." in wrong.text
    rule = {"matter": "items", "months": "6", "decision": "Kommunfullmäktige § 41",
            "decided_on": "2026-01-31"}  # fmt: skip
    assert (
        "Regeln gäller nu." in rut.post("/archive/disposal", data=rule, follow_redirects=True).text
    )
    page = rut.get("/archive/disposal/1").text
    assert page.count("Kommentar om badet") == 2 and "Gallra dem" in page
    assert "Gallra dem" not in stina.get("/archive/disposal/1").text
    assert stina.get("/archive/disposal/1/dispose").status_code == 403
    sure = rut.get("/archive/disposal/1/dispose").text
    assert "Gallra 2 poster?" in sure and "Kommunfullmäktige § 41" in sure
    mark = re.search(r'name="mark" value="(\w+)"', sure)
    assert mark is not None
    stale = rut.post("/archive/disposal/1/dispose", data={"mark": "0"}, follow_redirects=True)
    assert "Inget är gallrat. Läs den igen." in stale.text
    done = rut.post("/archive/disposal/1/dispose", data={"mark": mark[1]}, follow_redirects=True)
    assert "2 poster är gallrade." in done.text
    assert "Inget är gammalt nog." in rut.get("/archive/disposal/1").text
    ended = stina.post("/archive/disposal/1/end", follow_redirects=True)
    assert "Regeln gäller inte längre." in ended.text
    with db.unit_of_work() as session:
        assert disposal.rule_of(session, 1).disposed == 2


def test_the_archive_says_when_a_backup_was_taken_and_tried_4_4_c(
    cast: Cast, client_for: ClientFor
) -> None:
    siv = client_for(cast.siv)
    page = siv.get("/archive").text
    assert "Ingen kopia har tagits." in page and "Ingen kopia är provad." in page
    assert "Ta en säkerhetskopia" not in dict(waits(siv)), "nothing is known yet"
    then = clock.now() - rules.BACKUP_WITHIN + timedelta(hours=1)
    backup(then)
    page = siv.get("/archive").text
    assert "Senaste kopian:" in page and "En kopia ska tas" not in page
    assert "Senast provad:" in page
    assert "Ta en säkerhetskopia" not in dict(waits(siv))


def test_a_late_backup_waits_for_the_system_administrator_4_4_c(
    cast: Cast, client_for: ClientFor
) -> None:
    backup(clock.now() - rules.BACKUP_WITHIN - timedelta(days=1))
    assert "Ta en säkerhetskopia" in dict(waits(client_for(cast.siv)))
    assert "Ta en säkerhetskopia" not in dict(waits(client_for(cast.stina)))
    assert "En kopia ska tas minst" in client_for(cast.rut).get("/archive").text


def test_a_timeline_that_is_not_proved_waits_for_the_system_administrator(
    cast: Cast, client_for: ClientFor, database: Settings, move_clock: MoveClock
) -> None:
    """Whoever can mend it may have no monitor that reads /healthz."""
    siv = client_for(cast.siv)
    assert "Säkra tidslinjen" not in dict(waits(siv)), "it is signed every second"
    move_clock(rules.PROVED_WITHIN + timedelta(minutes=1))
    assert "Säkra tidslinjen" in dict(waits(siv))
    assert "Säkra tidslinjen" not in dict(waits(client_for(cast.stina)))
    assert "budkavle doctor" in siv.get("/archive").text
    sign_and_store(database, clock.now())
    assert "Säkra tidslinjen" not in dict(waits(siv))
    assert "budkavle doctor" not in siv.get("/archive").text


@pytest.mark.parametrize("shut_out", [True, False])
def test_a_delivery_whose_receiver_is_gone_goes_back_to_whoever_sent_it(
    cast: Cast, closed: Incident, client_for: ClientFor, database: Settings, shut_out: bool
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    pack(database)
    lisa, url = client_for(cast.lisa), f"/archive/deliveries/{number}"
    assert url not in [one for _words, one in waits(lisa)]
    with db.unit_of_work() as session:
        rolf = session.get_one(Person, cast.rolf.id)
        if shut_out:
            rolf.active = False
        else:
            rolf.role_rows[0].role = "reviewer"
    assert ("Välj vem som tar emot leveransen", url) in waits(lisa)
    assert lisa.post(f"{url}/again", data={"to": str(cast.rut.id)}).status_code == 302
    assert url not in [one for _words, one in waits(lisa)]
    assert ("Kvittera leveransen", url) in waits(client_for(cast.rut))


def backup(at: object) -> None:
    with db.unit_of_work() as session:
        record(session, "backup:made", body={"manifest": "0"}, now=at)  # type: ignore[arg-type]
        session.add(LiveUse(condition="restored", evidence={}, at=at))


def test_the_account_says_what_the_archive_has_to_everybody_and_takes_from_few(
    cast: Cast, register: Register, client_for: ClientFor
) -> None:
    url = f"/accounts/{register['@skola']}/archive"
    for person in (cast.lisa, cast.karin, cast.rut, cast.siv):
        page = client_for(person).get(url)
        assert page.status_code == 200 and "Spara och skicka till arkivet" not in page.text
    assert client_for(cast.lisa).post(url, data=upload(acts.picture())).status_code == 403
    stina = client_for(cast.stina)
    over = stina.post(f"{url}/hand-over", data={"to": str(cast.rut.id)}, follow_redirects=True)
    assert "Paketet görs nu." in over.text and "Handlingar om Skolan" in over.text
    assert stina.post(f"{url}/hand-over", data={}).status_code == 422
