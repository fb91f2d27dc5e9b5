"""Reading a scenario file. What the file lacks is filled in, plainly marked as exercise text.

The format: one scenario or a list of them; each has `scenario` (a name, the area in brackets) and
`messages` with `time` (a label), `type` (in capitals, Swedish) and `text`. Optional per message:
`area`, `instruction`, `ends` (positions, from 1, of messages whose instruction ends), `corrects`
(position; else the newest text that holds the struck words), `replacement`, and any field that the
message type has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.errors import BadInput
from console.messages import rules, wording
from console.messages.rules import MessageType

TYPES = {
    "FÖRSTA": MessageType.FIRST,
    "UPPMANING": MessageType.INSTRUCTION,
    "UPPDATERING": MessageType.UPDATE,
    "INGET NYTT": MessageType.NO_NEWS,
    "RYKTE": MessageType.RUMOUR,
    "RÄTTELSE": MessageType.CORRECTION,
    "LÄGET ÖVER": MessageType.ALL_CLEAR,
}
FILLER = "Övningstext: uppgiften saknas i scenariot."
_STRUCK = re.compile(r"~~(.+?)~~")
_FIRST_SENTENCE = re.compile(r"((?:[^.!?]*\?\s+)*.+?[.!?])(?:\s+(.*))?$", re.DOTALL)
"""A question belongs with what follows it: "Bor du i Röjden? Lämna ditt hem nu." """
_SENTENCES = re.compile(r"[^.!?]+[.!?]*\s*")


@dataclass(frozen=True)
class Line:
    """One message of a scenario, with every field its type asks for."""

    label: str
    type: MessageType
    fields: dict[str, Any]
    ends: tuple[int, ...]
    """Positions (from 0) of messages whose instruction this one ends."""
    corrects: int | None
    """Position (from 0) of the message in error."""
    replacement: dict[str, Any] | None
    """Fields of the update that replaces what was wrong."""


@dataclass(frozen=True)
class Scenario:
    name: str
    area: str
    lines: tuple[Line, ...]


def read(path: Path, number: int) -> Scenario:
    """Scenario `number` (from 1) of a file.

    Raises:
        BadInput: the file can't be read, or something in it can't be used; the sentence says where.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.") from None
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}.") from None
    scenarios = data if isinstance(data, list) else [data]
    if not 1 <= number <= len(scenarios):
        raise BadInput(f"{path} has {len(scenarios)} scenarios; there is no number {number}.")
    raw = scenarios[number - 1]
    if not isinstance(raw, dict) or not isinstance(raw.get("messages"), list):
        raise BadInput(f"{path}, scenario {number}: needs `scenario` and a list of `messages`.")
    name = str(raw.get("scenario") or f"Scenario {number}")
    match = re.fullmatch(r"(?:S\d+\s+)?(.+?)\s*(?:\((.+)\))?", name)
    title, area = (match.group(1), match.group(2)) if match else (name, None)
    return Scenario(title, area or "Hela kommunen", _lines(raw["messages"], area, str(path)))


def _lines(messages: list[Any], area: str | None, where: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    current = area or "Hela kommunen"
    for position, raw in enumerate(messages):
        place = f"{where}, message {position + 1}"
        if not isinstance(raw, dict) or not str(raw.get("text") or "").strip():
            raise BadInput(f"{place}: needs `time`, `type` and `text`.")
        if raw.get("type") not in TYPES:
            raise BadInput(
                f"{place}: `type` is one of {', '.join(TYPES)}, not {raw.get('type')!r}."
            )
        current = str(raw.get("area") or current)
        lines.append(_line(raw, TYPES[raw["type"]], current, lines, place))
    return tuple(lines)


def _line(
    raw: dict[str, Any], kind: MessageType, area: str, before: list[Line], place: str
) -> Line:
    fields = {
        name: str(raw[name]) for name in rules.fields_of(kind) if isinstance(raw.get(name), str)
    }
    fields["area"] = area
    corrects, replacement = None, None
    if kind in (MessageType.FIRST, MessageType.INSTRUCTION) and "instruction" not in fields:
        match = _FIRST_SENTENCE.match(fields["text"].strip())
        fields["instruction"] = match.group(1) if match else fields["text"]
        fields["text"] = (match.group(2) if match else None) or ""
    ends = _ends(raw, kind, before, "instruction" in fields, place)
    if kind is MessageType.CORRECTION:
        _correct(raw, fields)
        if "instruction" not in raw and "ends" not in raw:
            ends = _amend(fields, before)
        corrects = _corrected(raw, fields, before, place)
        wrong = before[corrects]
        replacement = dict(wrong.fields) | {"area": area}
        replacement["text"] = str(raw.get("replacement") or _mended(wrong.fields["text"], fields))
        replacement.pop("short_text", None)
        replacement.pop("instruction", None)
        fields.pop("text", None)
    for name in rules.required_of(kind):
        if not fields.get(name):
            fields[name] = FILLER
    fields["may_cut"] = True
    return Line(
        label=str(raw.get("time") or ""),
        type=kind,
        fields=fields,
        ends=ends,
        corrects=corrects,
        replacement=replacement,
    )


def _correct(raw: dict[str, Any], fields: dict[str, Any]) -> None:
    """Take apart "Rättelse: ~~wrong~~ right"; a struck part of a sentence takes the whole along."""
    text = re.sub(r"^Rättelse:\s*", "", str(raw["text"]).strip())
    struck = _STRUCK.search(text)
    if "wrong" not in fields:
        fields["wrong"] = struck.group(1).strip() if struck else FILLER
    if "right" not in fields:
        fields["right"] = " ".join(_STRUCK.sub("", text).split())


def _amend(fields: dict[str, Any], before: list[Line]) -> tuple[int, ...]:
    """A correction that says nothing of what applies adds what is right to it.

    Else the newest instruction would go on saying what the correction has just taken back.
    """
    standing: list[int] = []
    for position, line in enumerate(before):
        standing = [one for one in standing if one not in line.ends]
        if line.fields.get("instruction"):
            standing.append(position)
    if not standing:
        return ()
    newest = before[standing[-1]].fields
    right = _FIRST_SENTENCE.match(fields["right"])
    if right:
        line = wording.standing_line(newest["instruction"], newest["area"], "sv")
        fields["instruction"] = f"{line} {right.group(1)}"
    return (standing[-1],) if right else ()


def _corrected(raw: dict[str, Any], fields: dict[str, Any], before: list[Line], place: str) -> int:
    if isinstance(raw.get("corrects"), int):
        position = int(raw["corrects"]) - 1
        if 0 <= position < len(before):
            return position
        raise BadInput(f"{place}: `corrects` names message {position + 1}, which isn't before it.")
    wrong = fields["wrong"]
    for position in reversed(range(len(before))):
        if wrong in str(before[position].fields.get("text", "")):
            return position
    raise BadInput(f"{place}: no earlier message says {wrong!r}; name it with `corrects`.")


def _mended(text: str, fields: dict[str, Any]) -> str:
    """The corrected message with what is right in the place of the sentence that was wrong."""
    first = _FIRST_SENTENCE.match(fields["right"])
    right = first.group(1) if first else ""
    wrong = fields["wrong"].strip()
    kept = [right if wrong in one else one for one in _SENTENCES.findall(text)]
    return " ".join(" ".join(kept).split())


def _ends(
    raw: dict[str, Any], kind: MessageType, before: list[Line], instructs: bool, place: str
) -> tuple[int, ...]:
    """The positions named; else an instruction ends earlier ones, and *Läget över* all."""
    if isinstance(raw.get("ends"), list):
        ends = [int(one) - 1 for one in raw["ends"]]
        if any(not 0 <= one < len(before) for one in ends):
            raise BadInput(f"{place}: `ends` names a message that isn't before it.")
        return tuple(ends)
    if kind is MessageType.ALL_CLEAR or (kind is MessageType.INSTRUCTION and instructs):
        return tuple(
            position for position, line in enumerate(before) if line.fields.get("instruction")
        )
    return ()


def shortened(scenario: Scenario, messages: int) -> Scenario:
    """The scenario's first `messages` messages, for tests."""
    return replace(scenario, lines=scenario.lines[:messages])
