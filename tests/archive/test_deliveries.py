"""Handing over to archive and registry: the package, the mailed link, the receipt that returns."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, create_addresses, db
from console.archive import deliveries, links, packing, rules
from console.archive.models import ArchiveDelivery, ArchiveLink
from console.archive.package import CSIP, METS, XLINK
from console.config import Settings
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.people.models import Person
from console.review import operations as exports
from console.review.models import TimelineExport
from tests.accounts.timeline import entries
from tests.archive import acts
from tests.cast import Cast
from tests.channels.servers import MailServer
from tests.upkeep import acts as upkeep
from tests.waiting import until_one_waits
from tests.workers.test_notices import mail, messages  # noqa: F401 - a fixture
from workers import archiving, exporting, jobs

MoveClock = Callable[[timedelta], None]
Register = dict[str, int]
LINK = re.compile(r"https://kris\.torsby\.example(/archive/link/[\w-]+)")


def pack(settings: Settings) -> int:
    """Write the export that waits, if there is one, and what is packed of it."""
    app = create_addresses(settings)
    with db.unit_of_work() as session:
        export = exports.claim(session, clock.now())
    if export is not None and export.token is not None:
        exporting.write(settings, app, export.id, export.token)
    return archiving.make_packages(settings, app)


def hand_over_account(actor: Person, account_id: int, to: Person) -> int:
    """Returns the delivery's number."""
    with db.unit_of_work() as session:
        who, receiver = (session.get_one(Person, one.id) for one in (actor, to))
        return deliveries.hand_over_account(session, who, account_id, receiver, clock.now()).id


def package(settings: Settings, delivery_id: int) -> zipfile.ZipFile:
    file = settings.packages / acts.delivery(delivery_id).file
    return zipfile.ZipFile(BytesIO(file.read_bytes()))


def tags(prefix: str = "archive:") -> list[str]:
    return [one["tag"] for one in entries(prefix)]


def test_an_event_becomes_a_package_shaped_after_csip_with_every_file_in_it_4_4_c(
    cast: Cast, closed: Incident, database: Settings
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    with db.unit_of_work() as session:
        assert not packing.has_work(session, clock.now()), "its export isn't written yet"
    assert pack(database) == 1
    assert pack(database) == 0
    made = acts.delivery(number)
    file = database.packages / made.file
    assert made.state == "ready" and made.name.endswith(".zip")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == made.sha256
    assert file.stat().st_size == made.size
    whole = package(database, number)
    root = made.name.removesuffix(".zip")
    names = {one.removeprefix(f"{root}/") for one in whole.namelist()}
    assert {"METS.xml", "metadata/descriptive/dc.xml", "documentation/LASMIG.txt"} <= names
    data = {one for one in names if one.startswith("representations/rep1/data/")}
    assert {"timeline.jsonl", "rapport.pdf", "README.txt"} <= {Path(one).name for one in data}
    said = described(whole.read(f"{root}/METS.xml"))
    assert said.keys() == names - {"METS.xml"}
    for path, (size, digest) in said.items():
        content = whole.read(f"{root}/{path}")
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest), path


def described(mets: bytes) -> dict[str, tuple[int, str]]:
    """Path → (size, SHA-256), as METS.xml says."""
    root = Xml.fromstring(mets)
    assert root.tag == f"{{{METS}}}mets" and root.get(f"{{{CSIP}}}OTHERTYPE")
    assert root.get("PROFILE") is None, "no conformity is claimed"
    found = {}
    for file in root.iter(f"{{{METS}}}file"):
        place = file.find(f"{{{METS}}}FLocat")
        assert place is not None and file.get("CHECKSUMTYPE") == "SHA-256"
        found[place.get(f"{{{XLINK}}}href", "")] = facts(file)
    for one in root.iter(f"{{{METS}}}mdRef"):
        found[one.get(f"{{{XLINK}}}href", "")] = facts(one)
    pointers = {one.get("FILEID") for one in root.iter(f"{{{METS}}}fptr")}
    assert pointers == {one.get("ID") for one in root.iter(f"{{{METS}}}file")}
    return found


def facts(one: Xml.Element) -> tuple[int, str]:
    return int(one.get("SIZE", "")), one.get("CHECKSUM", "")


def test_an_export_that_was_begun_before_the_event_was_closed_is_begun_anew(
    cast: Cast, closed: Incident, database: Settings
) -> None:
    """What goes to the archive holds the event's end."""
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, closed.id)
        lisa = session.get_one(Person, cast.lisa.id)
        assert incident.closed_at is not None
        before = incident.closed_at - timedelta(seconds=1)
        early = exports.ask(session, lisa, incident, before, masked=False).id
    with db.unit_of_work() as session:
        claimed = exports.claim(session, clock.now())
        assert claimed is not None and claimed.token is not None
        token = claimed.token
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    with db.unit_of_work() as session:
        assert not exports.progress(session, early, token, 1, 1, clock.now())
    assert pack(database) == 1
    whole = package(database, number)
    (chain,) = (one for one in whole.namelist() if one.endswith("/timeline.jsonl"))
    assert b"incident:closed" in whole.read(chain)


def test_a_masked_event_is_handed_over_masked(
    cast: Cast, closed: Incident, database: Settings
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf, masked=True)
    pack(database)
    whole = package(database, number)
    texts = b"".join(
        whole.read(one) for one in whole.namelist() if one.endswith((".csv", ".jsonl"))
    )
    assert b"Lisa Berg" not in texts and b"lisa@torsby.example" not in texts


def test_an_accounts_package_has_its_pictures(
    cast: Cast, register: Register, database: Settings
) -> None:
    school = register["@skola"]
    kept = [acts.snapshot(acts.take(cast.olle, school).snapshot_id)[1] for _n in range(2)]
    acts.take(cast.olle, register["skola"])
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.stina, cast.rut))
        number = deliveries.hand_over_account(session, actor, school, to, clock.now()).id
    assert pack(database) == 1
    whole = package(database, number)
    pictures = [whole.read(one) for one in sorted(whole.namelist()) if "ogonblicksbild" in one]
    assert pictures == kept
    assert any(one.endswith("/konto.json") for one in whole.namelist())


def test_a_second_press_while_a_package_is_made_hands_nothing_over_twice(
    cast: Cast, closed: Incident, register: Register, database: Settings
) -> None:
    first = acts.hand_over(cast.lisa, closed, cast.rolf)
    assert acts.hand_over(cast.lisa, closed, cast.rolf) == first
    others = {
        acts.hand_over(cast.lisa, closed, cast.rolf, masked=True),
        acts.hand_over(cast.lisa, closed, cast.rut),
    }
    assert first not in others and len(others) == 2
    pack(database)
    assert acts.hand_over(cast.lisa, closed, cast.rolf) != first, "that one is made"

    school = register["@skola"]
    made = hand_over_account(cast.stina, school, cast.rut)
    assert hand_over_account(cast.stina, school, cast.rut) == made
    assert tags("archive:delivery:made").count("archive:delivery:made") == 5


def test_two_who_hand_over_at_the_same_moment_hand_over_once(
    cast: Cast, closed: Incident, register: Register
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with db.unit_of_work() as session:
            actor, to = (session.get_one(Person, one.id) for one in (cast.stina, cast.rut))
            number = register["@skola"]
            first = deliveries.hand_over_account(session, actor, number, to, clock.now()).id

            second = pool.submit(hand_over_account, cast.stina, number, cast.rut)
            until_one_waits()
        assert second.result(20) == first


def test_an_event_that_goes_on_is_not_handed_over_nor_by_or_to_anybody(
    cast: Cast, closed: Incident
) -> None:
    for person in (cast.karin, cast.olle, cast.siv):
        with pytest.raises(NotAllowed):
            acts.hand_over(person, closed, cast.rolf)
    for to in (None, cast.lisa, cast.siv):
        with pytest.raises(BadInput) as refused:
            acts.hand_over(cast.lisa, closed, to)
        assert refused.value.field == "to"
    with db.unit_of_work() as session:
        session.get_one(Incident, closed.id).state = "open"
    with pytest.raises(WrongState):
        acts.hand_over(cast.lisa, closed, cast.rolf)
    assert tags("archive:") == [] and tags("export:") == []


def test_the_link_comes_by_mail_once_and_brings_a_registry_number_back_4_4_c(
    app: Flask,
    cast: Cast,
    closed: Incident,
    database: Settings,
    mail: MailServer,  # noqa: F811
) -> None:
    settings = replace(database, smtp_url="smtp://there")
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    pack(settings)
    jobs.send_notices()
    assert archiving.send_mails() == 0
    letter = messages(mail)["rolf@torsby.example"]
    text = letter.get_content()
    assert letter["Subject"] == "ÖVNING Händelsen överlämnas: Koka vattnet"
    made = acts.delivery(number)
    assert made.sha256 in text
    path = LINK.findall(text)[0]
    reader: FlaskClient = app.test_client()
    page = reader.get(path)
    assert page.status_code == 200 and made.sha256 in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert reader.get(f"{path}/file").status_code == 405, "scanners follow links"
    assert "archive:delivery:fetched" not in tags()

    file = reader.post(f"{path}/file")
    assert hashlib.sha256(file.data).hexdigest() == made.sha256
    assert tags()[-1] == "archive:delivery:fetched"
    refused = reader.post(f"{path}/receipt", data={"number": " "})
    assert refused.status_code == 422 and "Skriv diarienumret." in refused.text
    assert reader.post(f"{path}/receipt", data={"number": "KS 2026/14"}).status_code == 303
    assert "KS 2026/14" in reader.get(path).text
    again = reader.post(f"{path}/receipt", data={"number": "KS 2026/15"})
    assert again.status_code == 409
    done = acts.delivery(number)
    assert (done.state, done.number, done.received_by_id) == (
        "received", "KS 2026/14", cast.rolf.id,
    )  # fmt: skip
    last = entries("archive:")[-1]
    assert last["tag"] == "archive:delivery:received" and last["incident"] == closed.id
    assert last["person"] == cast.rolf.id and last["facts"]["number"] == "KS 2026/14"
    assert reader.get("/").status_code != 200, "it starts no session"


def token_of(delivery_id: int) -> str:
    """As the mail would carry it."""
    with db.unit_of_work() as session:
        return next(
            links.renew(link) for link, _key in links.MAILS.claim(session, clock.now(), 10)
            if link.delivery_id == delivery_id
        )  # fmt: skip


def opens(token: str) -> int:
    with db.unit_of_work() as session:
        return links.opened(session, token, clock.now()).delivery_id


def test_a_link_opens_nothing_once_it_is_old_replaced_or_its_reader_gone(
    cast: Cast, register: Register, move_clock: MoveClock
) -> None:
    made = acts.take(cast.olle, register["@skola"])
    first = token_of(made.id)
    assert opens(first) == made.id
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.stina, cast.rut))
        deliveries.send_again(session, actor, made.id, to, clock.now(), mail=True)
    with pytest.raises(NotFound):
        opens(first)
    second = token_of(made.id)
    with db.unit_of_work() as session:
        session.get_one(Person, cast.rut.id).active = False
    with pytest.raises(NotFound):
        opens(second)
    with db.unit_of_work() as session:
        session.get_one(Person, cast.rut.id).active = True
    assert opens(second) == made.id
    with pytest.raises(NotFound):
        opens("gissad")
    move_clock(rules.LINK_LIVES + timedelta(hours=1))
    with db.unit_of_work():
        pass
    with pytest.raises(NotFound):
        opens(second)


def test_who_guesses_links_has_to_wait(app: Flask, cast: Cast) -> None:
    reader = app.test_client()
    answers = [reader.get(f"/archive/link/{n}").status_code for n in range(25)]
    assert answers[0] == 404 and answers[-1] == 429


def test_a_reader_who_lost_the_role_sees_fetches_and_receives_nothing(
    app: Flask, cast: Cast, register: Register
) -> None:
    made = acts.take(cast.olle, register["@skola"])
    token = token_of(made.id)
    with db.unit_of_work() as session:
        session.get_one(Person, cast.rut.id).role_rows[0].role = "reviewer"
    reader = app.test_client()
    page = reader.get(f"/archive/link/{token}")
    assert page.status_code == 403 and "Skolan" not in page.text
    assert reader.post(f"/archive/link/{token}/file").status_code == 403
    assert reader.post(f"/archive/link/{token}/receipt").status_code == 403
    assert acts.delivery(made.id).state == "ready"


def test_a_snapshots_receipt_returns_with_or_without_a_number_4_4_a(
    cast: Cast, register: Register
) -> None:
    first, second = (acts.take(cast.olle, register["@skola"]) for _n in range(2))
    assert acts.receive(cast.rut, first.id).number == ""
    assert acts.receive(cast.rut, second.id, " A  12 ").number == "A 12"
    with pytest.raises(WrongState):
        acts.receive(cast.rut, second.id, "A 13")
    assert tags()[-2:] == ["archive:delivery:received"] * 2
    third = acts.take(cast.olle, register["@skola"])
    for wrong in ("9" * 61, "a\x07b"):
        with pytest.raises(BadInput):
            acts.receive(cast.rut, third.id, wrong)
    for person in (cast.olle, cast.stina, cast.lisa, cast.siv):
        with pytest.raises(NotAllowed):
            acts.receive(person, third.id)


def test_without_an_archivist_the_picture_waits_until_somebody_is_chosen(
    cast: Cast, register: Register
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Person, cast.rut.id).active = False
    made = acts.take(cast.olle, register["@skola"])
    assert made.to_id is None and acts.mails() == []
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.stina, cast.rolf))
        deliveries.send_again(session, actor, made.id, to, clock.now(), mail=True)
    assert acts.mails() == [(cast.rolf.id, "queued")]


def test_a_package_that_nobody_fetched_in_time_is_gone_and_can_be_made_again(
    cast: Cast, closed: Incident, database: Settings, move_clock: MoveClock
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    pack(database)
    move_clock(rules.LINK_LIVES + timedelta(hours=1))
    with db.unit_of_work() as session:
        assert packing.has_work(session, clock.now())
    assert archiving.make_packages(database, create_addresses(database)) == 0
    assert acts.delivery(number).state == "expired" and not list(database.packages.iterdir())
    with pytest.raises(WrongState):
        acts.receive(cast.rolf, number, "KS 1")
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.lisa, cast.rut))
        deliveries.send_again(session, actor, number, to, clock.now(), mail=False)
    assert pack(database) == 1
    assert acts.delivery(number).state == "ready" and acts.delivery(number).to_id == cast.rut.id


def test_a_package_that_is_sent_again_is_there_for_as_long_as_its_new_link_says(
    cast: Cast, closed: Incident, database: Settings, move_clock: MoveClock
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    pack(database)
    move_clock(rules.LINK_LIVES - timedelta(days=1))
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.lisa, cast.rut))
        deliveries.send_again(session, actor, number, to, clock.now(), mail=True)
        until = session.scalars(
            select(ArchiveLink.expires_at).where(ArchiveLink.ended_at.is_(None))
        ).one()
    move_clock(rules.LINK_LIVES + timedelta(days=2))
    archiving.make_packages(database, create_addresses(database))
    assert clock.now() < until, "the mail still says that it holds"
    assert acts.delivery(number).state == "ready" and package(database, number).namelist()
    assert acts.receive(cast.rut, number, "KS 1").state == "received"


def test_nothing_of_a_package_is_left_whenever_its_packer_is_killed(
    cast: Cast,
    closed: Incident,
    database: Settings,
    move_clock: MoveClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    with db.unit_of_work() as session:
        export = exports.claim(session, clock.now())
    assert export is not None and export.token is not None
    exporting.write(database, create_addresses(database), export.id, export.token)
    with db.unit_of_work() as session:
        killed = packing.claim(session, clock.now())
    assert killed is not None
    database.packages.mkdir(mode=0o700, parents=True)
    for end in (".zip", ".zip.part"):
        (database.packages / f"{number}-20260101000000000000{end}").write_bytes(b"half")
    move_clock(rules.LEASE + timedelta(minutes=1))
    assert pack(database) == 1
    assert [one.name for one in database.packages.iterdir()] == [acts.delivery(number).file]
    move_clock(rules.LINK_LIVES + timedelta(hours=1))

    def die(_file: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            pack(database)
    assert pack(database) == 0
    assert acts.delivery(number).state == "expired" and not list(database.packages.iterdir())


def test_a_restored_backup_brings_no_packages_so_they_can_be_made_again(
    cast: Cast, closed: Incident, database: Settings
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    pack(database)
    with db.unit_of_work() as session:
        assert deliveries.expire(session, clock.now()) == []
        assert deliveries.expire(session, clock.now(), lost=True)
    assert acts.delivery(number).state == "expired"


def test_a_failed_export_fails_its_delivery_and_a_lost_packer_is_followed_three_times(
    cast: Cast, closed: Incident, database: Settings, move_clock: MoveClock
) -> None:
    number = acts.hand_over(cast.lisa, closed, cast.rolf)
    with db.unit_of_work() as session:
        session.query(TimelineExport).one().state = "failed"
    assert archiving.make_packages(database, create_addresses(database)) == 0
    assert acts.delivery(number).state == "failed"
    with db.unit_of_work() as session:
        session.get_one(ArchiveDelivery, number).state = "waiting"
        session.get_one(ArchiveDelivery, number).attempts = 0
        session.query(TimelineExport).one().state = "done"
    for skew in range(1, 5):
        move_clock(skew * (rules.LEASE + timedelta(minutes=1)))
        with db.unit_of_work() as session:
            claimed = packing.claim(session, clock.now())
        with db.unit_of_work() as session:
            assert packing.claim(session, clock.now()) is None, "somebody is at it"
        assert (claimed is None) == (skew > 3)
    assert acts.delivery(number).state == "failed"
    assert tags()[-1] == "archive:delivery:failed"


def test_what_ended_while_it_was_packed_is_nobodys(
    cast: Cast, register: Register, database: Settings, move_clock: MoveClock
) -> None:
    upkeep.set_state(register["@skola"], "active")
    with db.unit_of_work() as session:
        actor, to = (session.get_one(Person, one.id) for one in (cast.stina, cast.rut))
        number = deliveries.hand_over_account(
            session, actor, register["@skola"], to, clock.now()
        ).id
    with db.unit_of_work() as session:
        first = packing.claim(session, clock.now())
    assert first is not None and first.begun_at is not None
    move_clock(rules.LEASE + timedelta(minutes=1))
    assert pack(database) == 1
    with db.unit_of_work() as session:
        late = deliveries.packed(
            session, number, first.begun_at, clock.now(),
            file="x.zip", name="x.zip", size=1, sha256="", mail=True,
        )  # fmt: skip
    assert late is False and acts.delivery(number).file != "x.zip"
