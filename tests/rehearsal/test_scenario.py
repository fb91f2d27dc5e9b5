"""Reading scenarios: the plain format is enough, and what it lacks is filled in and marked."""

import json

import pytest

from console.cli.rehearsal.scenario import FILLER, read
from console.errors import BadInput
from console.example import SCENARIOS
from console.messages.rules import MessageType

CORRECTION = "Rättelse: ~~Oleby berörs inte.~~ Även Oleby ska koka. Tack."
PLACE = "Rättelse: Hämta ditt barn ~~vid skolan~~ i hallen kl 12."
WATER = {
    "scenario": "S1 Koka vattnet (Torsby tätort)",
    "messages": [
        {"time": "07.10", "type": "FÖRSTA", "text": "Koka vattnet i stan. Vi tar prover."},
        {"time": "08.00", "type": "UPPMANING", "text": "Bor du här? Koka allt vatten. Låt bubbla."},
        {"time": "09.00", "type": "UPPDATERING", "text": "Ta med egen dunk. Oleby berörs inte."},
        {"time": "10.30", "type": "RÄTTELSE", "text": CORRECTION},
        {"time": "15.00", "type": "LÄGET ÖVER", "text": "Drick vattnet igen."},
    ],
}  # fmt: skip


def written(tmp_path, data):
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(data))
    return path


def test_the_plain_format_gives_every_field_that_its_type_asks_for(tmp_path):
    scenario = read(written(tmp_path, WATER), 1)
    assert (scenario.name, scenario.area) == ("Koka vattnet", "Torsby tätort")
    first = scenario.lines[0]
    assert first.fields["instruction"] == "Koka vattnet i stan."
    assert first.fields["text"] == "Vi tar prover."
    assert first.fields["cause"] == FILLER


def test_a_question_belongs_to_the_instruction_that_answers_it(tmp_path):
    instruction = read(written(tmp_path, WATER), 1).lines[1]
    assert instruction.fields["instruction"] == "Bor du här? Koka allt vatten."
    assert instruction.ends == (0,)


def test_a_correction_finds_what_it_corrects_and_amends_what_applies(tmp_path):
    correction = read(written(tmp_path, WATER), 1).lines[3]
    assert correction.corrects == 2
    assert correction.fields["wrong"] == "Oleby berörs inte."
    assert correction.replacement["text"] == "Ta med egen dunk. Även Oleby ska koka."
    assert correction.fields["instruction"] == (
        "Bor du här? Koka allt vatten. Gäller Torsby tätort. Även Oleby ska koka."
    )
    assert correction.ends == (1,)


def test_all_clear_ends_everything(tmp_path):
    last = read(written(tmp_path, WATER), 1).lines[-1]
    assert last.type is MessageType.ALL_CLEAR
    assert set(last.ends) >= {3}


def test_part_of_a_sentence_that_was_wrong_is_replaced_with_the_whole_right_one(tmp_path):
    data = {
        "scenario": "Hot mot skola",
        "messages": [
            {"type": "UPPDATERING", "text": "Ingen är skadad. Hämta ditt barn vid skolan kl 12."},
            {
                "type": "RÄTTELSE",
                "text": "Rättelse: Hämta ditt barn ~~vid skolan~~ i hallen kl 12.",
            },
        ],
    }
    correction = read(written(tmp_path, data), 1).lines[1]
    assert correction.replacement["text"] == "Ingen är skadad. Hämta ditt barn i hallen kl 12."


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"type": "LARM"}, "message 1: `type`"),
        ({"text": " "}, "message 1: needs"),
        ({"type": "RÄTTELSE", "text": "Rättelse: ~~finns inte~~ så."}, "message 1: no earlier"),
        ({"ends": [7]}, "message 1: `ends`"),
    ],
)
def test_what_cannot_be_used_is_named_by_position_and_field(tmp_path, change, named):
    data = {"scenario": "X", "messages": [{**WATER["messages"][0], **change}]}
    with pytest.raises(BadInput, match=named):
        read(written(tmp_path, data), 1)


def test_a_scenario_that_is_not_there_is_said_with_how_many_there_are(tmp_path):
    with pytest.raises(BadInput, match="has 1 scenarios"):
        read(written(tmp_path, WATER), 2)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_example_needs_no_filling_in(number):
    for line in read(SCENARIOS, number).lines:
        assert FILLER not in line.fields.values(), (line.label, line.fields)
