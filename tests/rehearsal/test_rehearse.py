"""The water scenario, headless: each delivery once, and a timeline that holds."""

import json
import shutil
import subprocess
import sys

import pytest

from console.example import SCENARIOS

pytestmark = pytest.mark.timeout(300)  # rounds come at their own pace
BUDKAVLE = (sys.executable, "-c", "from console.cli import main; main()")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(figures, folder) of the water scenario, with some accounts more than the register has."""
    out = tmp_path_factory.mktemp("rehearsal")
    run = subprocess.run(
        [*BUDKAVLE, "rehearse", str(SCENARIOS), "--interval", "8s", "--rounds", "2",
         "--accounts", "30", "--out", str(out), "--json"],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert run.stdout.strip(), run.stderr[-2000:]
    figures = json.loads(run.stdout.strip().splitlines()[-1])
    return figures, out, run


def entries(out):
    for line in (out / "timeline" / "timeline.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if "body" in entry:
            yield json.loads(entry["body"])


def texts(out):
    """Round → the different texts that were sent in it, in order of rounds."""
    rounds = {}
    for body in entries(out):
        if body["tag"] in ("delivery:sent", "delivery:confirmed") and "text" in body["facts"]:
            rounds.setdefault(body["facts"]["round"], set()).add(body["facts"]["text"])
    return dict(sorted(rounds.items()))


def test_every_delivery_that_the_repeat_rules_ask_for_goes_out_exactly_once(played):
    """7-b: every account gets what was approved, once."""
    figures, _out, run = played
    assert figures["accounts"] == 30
    assert figures["rounds"] == 15
    assert figures["deliveries_sent"] == figures["deliveries_expected"]
    assert (
        figures["deliveries_expected"] + figures["not_repeated"]
        == figures["rounds"] * figures["accounts"]
    )
    assert figures["duplicates"] == figures["missed_rounds"] == 0
    assert figures["timeline_verified"] is True
    late = [line for line in run.stderr.splitlines() if "ms late" in line]
    assert run.returncode == (1 if late else 0)  # a crowded machine may be late, never wrong


def test_every_round_says_boil_until_the_end_and_names_oleby_once_it_is_known(played):
    _figures, out, _run = played
    rounds = texts(out)
    assert len(rounds) == 15
    *boiling, last = rounds.values()
    assert all("Koka" in text for sent in boiling for text in sent)
    assert not any("Koka" in text for text in last)
    corrected = next(n for n, sent in rounds.items() if any("Rättelse" in t for t in sent))
    for number, sent in rounds.items():
        if corrected <= number < max(rounds):
            assert all("Torsby" in text and "Oleby" in text for text in sent)
        if number > corrected:
            assert not any("Oleby berörs inte" in text for text in sent)


def test_every_post_and_page_of_it_says_exercise(played):
    _figures, out, _run = played
    assert all(text.startswith("ÖVNING.") for sent in texts(out).values() for text in sent)
    pages = list((out / "site").rglob("*.html"))
    assert pages and all("ÖVNING" in page.read_text() for page in pages)


def tampered(out, tmp_path, change):
    folder = tmp_path / "timeline"
    shutil.copytree(out / "timeline", folder)
    change(folder / "timeline.jsonl")
    return subprocess.run(
        [*BUDKAVLE, "verify", str(folder)], capture_output=True, text=True, timeout=60
    )


def misspell(path):
    path.write_bytes(path.read_bytes().replace(b"Koka", b"Kaka", 1))


def lines(path, change):
    found = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(found)))


@pytest.mark.parametrize(
    ("deed", "change", "named"),
    [
        (
            "one byte",
            lambda p: p.write_bytes(p.read_bytes().replace(b"Koka", b"Kaka", 1)),
            "Entry ",
        ),
        ("one entry gone", lambda p: lines(p, lambda f: f[:9] + f[10:]), "Entry "),
        ("two swapped", lambda p: lines(p, lambda f: [*f[:9], f[10], f[9], *f[11:]]), "Entry "),
        ("the tail cut off", lambda p: lines(p, lambda f: f[:-5]), "Entry "),
        ("emptied", lambda p: p.write_bytes(b""), "timeline.jsonl"),
        ("gone", lambda p: p.unlink(), "timeline.jsonl"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_changed_export_is_named_and_refused(played, tmp_path, deed, change, named):
    run = tampered(played[1], tmp_path, change)
    assert run.returncode == 1
    assert named in run.stdout + run.stderr


def test_an_untouched_export_is_verified(played, tmp_path):
    assert tampered(played[1], tmp_path, lambda path: None).returncode == 0
