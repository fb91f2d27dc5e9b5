"""The copy for handing out: personal data is planted wherever people can write it, and found in no
file of the copy; the chain still verifies."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console import clock, db
from console.answers import operations as answer_operations
from console.incidents import operations as incidents
from console.incidents import roster
from console.incidents.models import Incident
from console.messages.models import Message
from console.messages.operations import approve
from console.monitoring import operations as rumours
from console.review import queries, record_shown
from console.timeline.masking import REASON, Mask, folded, masked_line, own
from console.timeline.operations import record
from console.timeline.rules import canonical
from console.timeline.verify import verify
from tests.answers import acts as answers
from tests.messages.test_removing import go
from tests.review import planted as planting
from tests.review.conftest import ask, person, unpacked, write
from tests.site.test_removed_corrections import remove
from tests.stage import Stage

PLANTED = (
    "Lisa Berg", "Karin Holm", "Olle Ek", "lisa@torsby.example", "Åsa Öberg", "070-111 22 33",
    "asa.oberg@posten.example", "Nisse Källström", "19850312-1234", "asa.oberg.5", "Vera Lind",
    "070-174 06 99",
)  # fmt: skip


def plant(stage: Stage) -> None:
    """Names, numbers and addresses in notes, rumours, the staff, reasons and an account."""
    now = clock.now()
    vera = person("Vera Lind", "operations_manager")
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incidents.write_note(
            session, stage.lisa, incident, kind="call",
            content="Åsa Öberg, 070-111 22 33 (asa.oberg@posten.example), 19850312-1234, ringde.",
            happened_at=now - timedelta(minutes=3), now=now,
        )  # fmt: skip
        rumours.log_rumour(
            session, stage.olle, incident, now, content="Åsa Öberg har förgiftat vattnet.",
            seen_where="Facebook", link="https://facebook.example/asa.oberg.5", seen_at=now,
            seen_by="Nisse Källström",
        )  # fmt: skip
        roster.set_place(
            session, stage.lisa, incident, "spokesperson", now,
            name="Nisse Källström", phone="070-111 22 33",
        )  # fmt: skip
        # What isn't kept apart as personal: a fact in running text.
        record(
            session, "incident:account:changed",
            body={
                "account": {"id": stage.account_ids[0], "name": "Konto 1"}, "before": "publish",
                "after": "leave", "reason": "VERA LIND bad om det.",
            },
            now=now, incident_id=incident.id, person_id=vera.id,
        )  # fmt: skip


def everything(folder: Path) -> str:
    """All text of all files, and of those inside XLSX and ZIP."""
    found = []
    for path in (one for one in folder.rglob("*") if one.is_file()):
        if path.suffix in (".xlsx", ".zip"):
            with zipfile.ZipFile(path) as packed:
                found += [packed.read(n).decode(errors="replace") for n in packed.namelist()]
        elif path.suffix == ".pdf":
            found += _pdf(path)
        else:
            found.append(path.read_text(encoding="utf-8-sig"))
    return "\n".join(found)


def _pdf(path: Path) -> list[str]:
    import pypdf

    reader = pypdf.PdfReader(path)
    attached = [b"".join(content).decode() for content in reader.attachments.values()]
    kept = reader.xmp_metadata.stream.get_data().decode() if reader.xmp_metadata else ""
    # A name may be broken over two lines.
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    return [*pages, *attached, str(reader.metadata), kept]


@pytest.fixture
def folders(stage: Stage, tmp_path: Path) -> dict[bool, Path]:
    plant(stage)
    stage.release("first")
    stage.tick()
    made = {}
    for masked in (False, True):
        ask(stage, masked=masked)
        row = write(stage.settings)
        assert row.state == "done", row.reason
        content = (stage.settings.exports / row.file).read_bytes()
        made[masked] = unpacked(content, tmp_path / str(masked))
    return made


def test_no_planted_personal_data_is_in_any_file_of_the_masked_copy(
    folders: dict[bool, Path],
) -> None:
    whole, masked = (everything(folders[one]).casefold() for one in (False, True))
    # lisa's address and Karin's name stand in the register alone; the rest was written.
    written = set(PLANTED) - {"lisa@torsby.example", "070-174 06 99"}
    assert [one for one in written if one.casefold() not in whole] == []
    assert [one for one in PLANTED if one.casefold() in masked] == []


def test_nothing_planted_in_any_free_text_of_an_event_is_in_a_masked_copy(
    stage: Stage, tmp_path: Path
) -> None:
    """Every name stands in no register: it is known by its place alone."""
    planted = planting.plant(stage)
    said = {}
    for masked in (False, True):
        ask(stage, masked=masked)
        row = write(stage.settings)
        assert row.state == "done", row.reason
        content = (stage.settings.exports / row.file).read_bytes()
        folder = unpacked(content, tmp_path / str(masked))
        assert verify(folder).ok
        said[masked] = everything(folder).casefold()
    places = planted.places.items()
    inside = {place for place, data in places if data[0].casefold() in said[False]}
    assert inside == set(planted.places) - planted.outside
    leaked = {place: one for place, data in places for one in data if one.casefold() in said[True]}
    # A name that was published, and stands in no register, is all that nobody can tell.
    assert leaked == {}
    for number in ("070-555 99 11", "070-555 88 22", "berit.vittne"):
        assert number in said[False] and number not in said[True]


def test_what_was_removed_is_in_no_file_of_a_masked_copy_nor_what_quotes_it(
    app: object, stage: Stage, tmp_path: Path
) -> None:
    """No register knows a name that had to be removed: it is known by its message."""
    stage.release("first")
    go(stage)
    wrong = "Kalle Bengtsson har smittat vattnet."
    update = stage.release("update", text=f"{wrong} Oleby berörs inte.").message_id
    go(stage)
    stage.approve(stage.submit(stage.write("correction", corrects=update, wrong=wrong)))
    go(stage)
    remove(stage, update)
    ask(stage, masked=True)
    row = write(stage.settings)
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path)
    assert verify(folder).ok
    said = everything(folder)
    assert "Koka ditt kranvatten" in said and "Bengtsson" not in said
    with db.unit_of_work() as session:
        correction = session.scalars(select(Message).where(Message.corrects_id == update)).one()
        mask = queries.to_mask(session, stage.incident.id)
        copy = record_shown.of_message(session, correction, {}, mask)
    assert list(copy.texts) == []


def test_a_text_that_never_reached_the_public_is_in_no_file_of_a_masked_copy(
    app: object, stage: Stage, tmp_path: Path
) -> None:
    """A text that was returned because it names somebody is no public record."""
    name, ours = "Kalle Bengtsson", {"fact_owner": "Miljökontoret"}
    stage.release("first", **ours)
    go(stage)
    version = stage.submit(stage.write("update", text=f"{name} har smittat vattnet.", **ours))
    with db.unit_of_work() as session:
        approve.send_back(session, stage.karin, version.id, "Ta bort namnet", clock.now())
    answers.submit(stage, answers.write(stage, f"Har {name} smittat vattnet?", "Det vet vi inte."))
    asked = answers.write(stage, "Får man bada?", f"Ja, säger {name}.")
    waiting = answers.submit(stage, asked)
    with db.unit_of_work() as session:
        answer_operations.send_back(session, stage.karin, waiting.id, "Skriv om", clock.now())
    answers.approved(stage)
    ask(stage, masked=True)
    row = write(stage.settings)
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path)
    assert verify(folder).ok
    said = everything(folder)
    assert name not in said
    assert "Miljökontoret" in said and answers.QUESTION in said, "what was said stands there"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Ring 0560-160 00 (växeln).", False),
        ("Ring +46 560 160 00.", False),
        ("Skriv till Kommun@torsby.example.", False),
        ("Ring 070-123 45 67.", True),
        ("Ring 0701234567.", True),
        ("Ring +46 (0)70 123 45 67.", True),
        ("Skriv till asa.oberg@posten.example.", True),
        ("811218-9876", True),
        ("198112189876", True),
        ("811278-9873", True),
        ("Kl 07.10 den 2026-06-11, 112 eller 1177.", False),
        ("2026-11-29T23:24:00.047422Z", False),
        ("Sidan 110512345678 på plats 3", False),
        ("0123456789abcdef0123456789abcdef", False),
        ("Koka 10 liter i 3 minuter, 1 200 hushåll.", False),
    ],
)
def test_numbers_and_addresses_are_known_by_their_form(said: str, found: bool) -> None:
    ours = own(("0560-160 00", "kommun@torsby.example"))
    assert Mask(ours=ours).holds(said) is found


def test_the_masked_copy_verifies_and_says_what_it_is(folders: dict[bool, Path]) -> None:
    folder = folders[True]
    result = verify(folder)
    assert result.ok, result.sentence
    assert folder.name.endswith("-maskerad")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["masked"] is True and manifest["counts"]["withheld"] >= 1
    readme = (folder / "README.txt").read_text()
    assert "maskerad kopia" in readme and "masked copy" in readme
    assert "maskerad kopia" not in (folders[False] / "README.txt").read_text()


def test_nobodys_salt_is_left_by_which_a_name_could_be_tried_out(
    folders: dict[bool, Path],
) -> None:
    for line in (folders[True] / "timeline.jsonl").read_text().splitlines():
        entry = json.loads(line)
        assert "body" in entry or "salt" not in entry
        assert all("salt" not in one and "text" not in one for one in entry.get("personal", ()))


def test_people_stand_as_their_role(folders: dict[bool, Path]) -> None:
    assert "Informationsenheten" in everything(folders[True])


def test_what_was_masked_before_keeps_its_own_reason() -> None:
    line = {
        "n": 1, "entry_hash": "", "body_digest": "", "salt": "", "body": "{}",
        "personal": [{"field": "a", "withheld": "GDPR art. 17"}, {"field": "b", "text": "x",
                                                                  "salt": ""}],
    }  # fmt: skip
    assert masked_line(line, Mask())["personal"] == [
        {"field": "a", "withheld": "GDPR art. 17"},
        {"field": "b", "withheld": REASON},
    ]
    outside = {"n": 2, "withheld": "outside the event"}
    assert masked_line(outside, Mask(("x",))) is outside


def test_words_are_found_whatever_the_case_and_short_ones_are_left() -> None:
    assert folded(["Åsa  ÖBERG", "Bo", "", None, "åsa öberg"]) == ("åsa öberg",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ('Lars "Lasse" Berg', 'Lars "Lasse" Berg svarar.'),
        ("Åsa Öberg", "Fråga Åsa\nÖberg."),
        ("Åsa Öberg", "Fråga Åsa\N{NO-BREAK SPACE}Öberg."),
        ("Åsa Öberg", "Fråga A\u030asa O\u0308berg."),
        ("A\u030asa O\u0308berg", "Fråga Åsa Öberg."),
    ],
)
def test_a_name_is_found_however_it_is_spelt(name: str, said: str) -> None:
    mask = Mask(folded([name]))
    assert mask.holds(said)
    line = {
        "n": 1, "entry_hash": "", "body_digest": "", "salt": "", "personal": [],
        "body": canonical({"tag": "delivery:sent", "facts": {"text": said}}),
    }  # fmt: skip
    assert masked_line(line, mask)["withheld"] == REASON
