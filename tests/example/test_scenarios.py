"""The example's messages can go out as they are: complete, not too long, easy to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.platforms import PLATFORMS
from console import phrases
from console.example import SCENARIOS
from console.messages import rules, wording
from console.messages.checks import LIX_AIM, identity_numbers, lix
from console.messages.rendering import Source, Standing, render

TYPES = {
    "FÖRSTA": rules.MessageType.FIRST,
    "UPPMANING": rules.MessageType.INSTRUCTION,
    "UPPDATERING": rules.MessageType.UPDATE,
    "INGET NYTT": rules.MessageType.NO_NEWS,
    "RYKTE": rules.MessageType.RUMOUR,
    "RÄTTELSE": rules.MessageType.CORRECTION,
    "LÄGET ÖVER": rules.MessageType.ALL_CLEAR,
}
NOT_FIELDS = {"time", "type", "ends", "corrects", "replacement"}
READ = json.loads(SCENARIOS.read_text("utf-8"))
NOW = datetime(2026, 6, 11, 5, 10, tzinfo=UTC)
PROMISE = datetime(2026, 11, 12, 11, 0, tzinfo=UTC)
LINK = "https://kris.torsby.example/ovning/" + "koka-vattnet-torsby-tatort/"


def played() -> Iterator[tuple[str, dict[str, Any], list[Standing], str]]:
    """Every text as it would stand: name, message, the instructions standing beside it, body."""
    for scenario in READ:
        standing: dict[int, Standing] = {}
        for place, message in enumerate(scenario["messages"], 1):
            for ended in message.get("ends", []):
                del standing[ended]
            name = f"{scenario['scenario'][:2]} {message['time']}"
            yield name, message, list(standing.values()), body(message)
            if "instruction" in message:
                standing[place] = Standing(
                    place, message["instruction"], message["area"], message.get("detail", "")
                )
            if "replacement" in message:
                replacing = {"area": message["area"], "text": message["replacement"]}
                yield f"{name} ersättare", replacing, list(standing.values()), replacing["text"]
        assert not standing, f"{scenario['scenario']} leaves an instruction standing"


def body(message: dict[str, Any]) -> str:
    if message["type"] == "RÄTTELSE":
        return wording.correction(
            message["wrong"], message["right"], message.get("thanks", ""), "sv"
        )
    return str(message["text"])


PLAYED = list(played())
MESSAGES = [(s["scenario"], m) for s in READ for m in s["messages"]]


@pytest.mark.parametrize("platform", ["x", "bluesky", "mastodon", "sms", "instagram"])
@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case[0])
def test_every_text_fits_every_platform_without_being_cut(case: Any, platform: str) -> None:
    _name, message, standing, text = case
    source = Source(
        language="sv",
        exercise=True,
        headline=message.get("instruction", ""),
        detail=message.get("instruction_detail", ""),
        standing=tuple(standing),
        body=text,
        short=message.get("short_text", ""),
        may_cut=False,
        link=LINK,
        promise=PROMISE,
        earliest=NOW,
    )
    rendition = render(source, PLATFORMS[platform].limit)
    assert rendition.fits, f"{rendition.excess} for många tecken"


@pytest.mark.parametrize(("scenario", "message"), MESSAGES)
def test_every_message_has_the_fields_its_type_requires_and_no_others(
    scenario: str, message: dict[str, Any]
) -> None:
    kind = TYPES[message["type"]]
    given = set(message) - NOT_FIELDS
    assert set(rules.required_of(kind)) <= given
    # The format keeps the whole sentence of a correction as text, with what was wrong struck out.
    assert given <= set(rules.fields_of(kind)) | {"text"}


@pytest.mark.parametrize(("scenario", "message"), MESSAGES)
def test_every_message_is_easy_to_read(scenario: str, message: dict[str, Any]) -> None:
    read = " ".join(
        phrases.sentence(message.get(name, ""))
        for name in ("instruction", "instruction_detail", "text")
    ).replace("~~", "")
    assert lix(read).value < LIX_AIM
    assert not identity_numbers(json.dumps(message, ensure_ascii=False))


@pytest.mark.parametrize("scenario", READ, ids=lambda s: s["scenario"][:2])
def test_a_correction_names_a_message_that_said_what_was_wrong(scenario: dict[str, Any]) -> None:
    messages = scenario["messages"]
    corrections = [m for m in messages if m["type"] == "RÄTTELSE"]
    assert corrections
    for correction in corrections:
        wrong = messages[correction["corrects"] - 1]
        said = f"{wrong.get('instruction', '')} {wrong['text']}"
        assert correction["wrong"] in said
        assert correction["wrong"] not in correction["replacement"]


def test_the_water_scenario_says_boil_until_the_correction_names_torsby_and_oleby() -> None:
    water = [case for case in PLAYED if case[0].startswith("S1")]
    applies = {
        name: [s.headline for s in standing] + [m.get("instruction", "")]
        for name, m, standing, _ in water
    }
    assert applies["S1 10.00"] == ["Koka allt vatten du dricker eller lagar mat med.", ""]
    for name in ("S1 10.30 ersättare", "S1 12.00", "S1 13.10"):
        assert applies[name] == ["Koka vattnet i Torsby och Oleby.", ""]


def test_the_texts_of_the_four_scenarios_are_all_there() -> None:
    assert [len(s["messages"]) for s in READ] == [8, 8, 7, 7]
    for scenario in READ:
        types = [m["type"] for m in scenario["messages"]]
        assert types[0] == "FÖRSTA" and types[-1] == "LÄGET ÖVER"
        assert set(types) == set(TYPES)
