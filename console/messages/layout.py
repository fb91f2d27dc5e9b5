"""Which fields stand where on the write page, for each type of message. Pure."""

from __future__ import annotations

from console.messages import rules
from console.messages.rules import MessageType

Rows = tuple[tuple[str, ...], ...]

_OPEN: dict[MessageType, Rows] = {
    MessageType.FIRST: (
        ("text",), ("instruction",), ("instruction_detail",), ("began", "cause"),
        ("unknown", "doing"),
    ),
    MessageType.INSTRUCTION: (
        ("instruction",), ("instruction_detail",), ("text",), ("decided_by", "deadline"),
    ),
    MessageType.UPDATE: (("text",), ("unknown", "doing")),
    MessageType.NO_NEWS: (("text",), ("since", "unknown")),
    MessageType.RUMOUR: (("text",), ("source", "seen_where")),
    MessageType.CORRECTION: (("right",), ("wrong",), ("thanks",)),
    MessageType.ALL_CLEAR: (("text",), ("remains", "support")),
}  # fmt: skip
_NEXT: Rows = (("promise_clock", "promise_day"), ("area", "fact_owner"))
_LAST: Rows = (("area", "fact_owner"),)


def rows(message_type: MessageType) -> Rows:
    """The fields that are always seen, row by row; the first is set large."""
    tail = _LAST if message_type is MessageType.ALL_CLEAR else _NEXT
    return _OPEN[message_type] + tail


def short_rows(*, wanted: bool) -> Rows:
    """What makes the text fit narrow channels: seen when it is needed."""
    return (("short_text",), ("may_cut",)) if wanted else ()


def more(message_type: MessageType, *, short: bool) -> Rows:
    """The optional rest, folded away."""
    seen = {name for row in rows(message_type) for name in row}
    if short:
        seen.add("short_text")
    rest = [name for name in rules.fields_of(message_type) if name not in seen]
    if "short_text" in rest:
        rest.remove("short_text")
        rest += ["short_text", "may_cut"]
    return tuple(tuple(rest[i : i + 2]) for i in range(0, len(rest), 2))


def times(message_type: MessageType) -> Rows:
    """When it goes out, and how it is repeated."""
    first: Rows = (("first_clock", "first_day"),)
    if message_type not in rules.REPEATING:
        return (*first, ("pin",))
    return (
        *first, ("every_number", "every_unit"), ("rounds", "ends_clock"), ("ends_day",),
        ("still_times", "still_minutes"), ("still_line",), ("pin",),
    )  # fmt: skip


def english(message_type: MessageType) -> Rows:
    """The fields of the English text."""
    rows: Rows = (("en_headline",), ("en_detail",), ("en_body",))
    return (("en_wrong",), *rows) if message_type is MessageType.CORRECTION else rows
