"""What a review counts, from rows. Pure: rows and the moment counted to are passed in.

A post is *out* when it is known to be: sent, or confirmed by hand, at the moment that was settled.
Lengths of time are timedeltas, never negative; None: it hasn't happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from console.messages.rules import REPEATING

OUT = ("sent", "confirmed")
LATE = timedelta(minutes=1)
"""A round whose first post is out later than this after its time is late."""
RUMOUR, ALL_CLEAR = "rumour", "all_clear"


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery."""

    id: int
    message_id: int
    round_id: int
    account_id: int
    act: str
    state: str
    settled_at: datetime | None
    language: str = "sv"
    read_back: bool = False
    """It is out only once the console has seen it there: on the website."""

    @property
    def out_at(self) -> datetime | None:
        return self.settled_at if self.state in OUT else None


@dataclass(frozen=True, slots=True)
class Round:
    id: int
    message_id: int
    n: int
    number: int
    due_at: datetime
    missed: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A message and what was approved of it."""

    id: int
    type: str
    created_at: datetime
    submitted_at: datetime | None
    """When it was first sent for approval."""
    approved_at: datetime | None
    """When the last approval of what went out was given."""
    told_at: datetime | None
    """When it began to go out, or when *Gäller fortfarande* was last said of it."""
    promise_at: datetime | None
    record: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A promise that people were asked about."""

    message_id: int
    promise_at: datetime
    moved: bool
    """*Gäller fortfarande* was the answer."""
    missed: bool
    """The console said, to everybody, that we were late."""


@dataclass(frozen=True, slots=True)
class Mark:
    """*Fel ute* that was not taken back."""

    message_id: int
    correction_id: int
    pressed_at: datetime
    ends: bool = False
    """Its correction is out, and ends what a wrong *Läget över* had ended."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An attempt that didn't end well."""

    post_id: int
    event: str
    """refused | unknown"""
    at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """A notice to one person."""

    kind: str
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A rumour."""

    id: int
    logged_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Facts:
    """An event's rows."""

    opened_at: datetime
    closed_at: datetime | None
    texts: Sequence[Text]
    rounds: Sequence[Round]
    posts: Sequence[Post]
    asked: Sequence[Asked]
    marks: Sequence[Mark]
    troubles: Sequence[Trouble]
    notices: Sequence[Read]
    rumours: Sequence[Said]


@dataclass(frozen=True)
class Chain:
    """A message's way out."""

    message_id: int
    type: str
    record: str
    created_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    first_at: datetime | None
    """When its first post was out."""
    last_at: datetime | None
    """When the last post of its first round was out."""


@dataclass(frozen=True)
class Promise:
    message_id: int
    promise_at: datetime
    outcome: str
    """kept | moved | missed | open"""
    seen_at: datetime | None = None
    """When the word that came next was first seen on the website; None: none has been."""


@dataclass(frozen=True)
class Silence:
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class Rounds:
    due: int
    """That were to go out, missed ones too."""
    out: int
    """That went out: at least one post of them is known to be out."""
    missed: Sequence[Round]
    late: Sequence[tuple[Round, timedelta]]


@dataclass(frozen=True)
class RoundsOf:
    """How one message's rounds went."""

    message_id: int
    in_time: int
    late: int
    missed: int
    nothing: int
    """Written, and no post of it is known to be out."""


@dataclass(frozen=True)
class InLanguage:
    posts: int
    out: int
    slowest: timedelta | None
    """From the approval of a message until its last post in the language was out; None: none is."""


@dataclass(frozen=True)
class Corrected:
    message_id: int
    correction_id: int
    out_at: datetime | None
    """When the error was first out."""
    pressed_at: datetime
    first_at: datetime | None
    """When the first post was corrected."""
    last_at: datetime | None


@dataclass(frozen=True)
class Failure:
    post_id: int
    account_id: int
    kind: str
    """refused | unknown: what it was first"""
    at: datetime
    resolution: str
    """sent | confirmed | the state that it still has"""
    settled_at: datetime | None
    """When it was resolved."""


@dataclass(frozen=True)
class Notices:
    sent: int
    read: int
    half: timedelta | None
    """Within how long half of those written to had read; None: fewer have."""


@dataclass(frozen=True)
class Figures:
    until: datetime
    """What isn't over is counted to this moment."""
    to_first: timedelta | None
    chains: Sequence[Chain]
    promises: Sequence[Promise]
    silence: Silence | None
    rounds: Rounds
    corrections: Sequence[Corrected]
    failures: Sequence[Failure]
    notices: Mapping[str, Notices]
    """By kind, sorted."""
    rumours: Sequence[tuple[Said, timedelta | None]]
    rounds_of: Sequence[RoundsOf]
    """In the order of their first rounds."""
    outcomes: Mapping[str, int]
    """State → how many posts ended, or stand, in it; the commonest first."""
    languages: Mapping[str, InLanguage]
    """By language, sorted."""


def count(facts: Facts, now: datetime) -> Figures:
    """All figures of one event.

    Args:
        now: what is still going on is counted to it.
    """
    until = facts.closed_at or now
    posts: dict[int, list[Post]] = {}
    for post in facts.posts:
        posts.setdefault(post.message_id, []).append(post)
    first = _first(facts.posts)
    return Figures(
        until=until,
        to_first=None if first is None else first - facts.opened_at,
        chains=[_chain(text, facts.rounds, posts.get(text.id, [])) for text in facts.texts],
        promises=_promises(facts, until),
        silence=_silence(facts, until),
        rounds=_rounds(facts.rounds, facts.posts),
        corrections=[_corrected(mark, posts) for mark in facts.marks],
        failures=_failures(facts),
        notices=_notices(facts.notices),
        rumours=[
            (one, None if one.answered_at is None else one.answered_at - one.logged_at)
            for one in facts.rumours
        ],
        rounds_of=_rounds_of(facts),
        outcomes=dict(Counter(post.state for post in facts.posts).most_common()),
        languages=_languages(facts),
    )


def _first(posts: Iterable[Post]) -> datetime | None:
    return min((post.out_at for post in posts if post.out_at is not None), default=None)


def _last(posts: Iterable[Post]) -> datetime | None:
    return max((post.out_at for post in posts if post.out_at is not None), default=None)


def _chain(text: Text, rounds: Sequence[Round], posts: Sequence[Post]) -> Chain:
    firsts = {one.id for one in rounds if one.message_id == text.id and one.n == 1}
    return Chain(
        message_id=text.id,
        type=text.type,
        record=text.record,
        created_at=text.created_at,
        submitted_at=text.submitted_at,
        approved_at=text.approved_at,
        first_at=_first(posts),
        last_at=_last(post for post in posts if post.round_id in firsts),
    )


def _promises(facts: Facts, until: datetime) -> list[Promise]:
    """Each promise that was given. What the console has said to everybody that we missed is
    missed; else a promise is kept by a later word about the event that comes before it is due. The
    answer to a rumour is no such word (`messages.rules.owing`)."""
    given: dict[tuple[int, datetime], Asked | None] = {
        (one.message_id, one.promise_at): one for one in facts.asked
    }
    for text in facts.texts:
        if text.told_at is not None and text.promise_at is not None:
            given.setdefault((text.id, text.promise_at), None)
    by_id = {text.id: text for text in facts.texts}
    words = [one for one in facts.texts if one.type != RUMOUR]
    found = []
    for (message_id, promise), asked in sorted(given.items(), key=lambda one: (one[0][1], one[0])):
        if asked is not None and (asked.moved or asked.missed):
            outcome = "moved" if asked.moved else "missed"
        elif _word_between(by_id[message_id].told_at, promise, words):
            outcome = "kept"
        else:
            outcome = "missed" if promise <= until else "open"
        seen = _seen(by_id[message_id].told_at, words, facts.posts)
        found.append(Promise(message_id, promise, outcome, seen))
    return found


def _word_between(told: datetime | None, promise: datetime, words: Sequence[Text]) -> bool:
    return told is not None and any(
        word.told_at is not None and told < word.told_at <= promise for word in words
    )


def _seen(told: datetime | None, words: Sequence[Text], posts: Sequence[Post]) -> datetime | None:
    later = [(word.told_at, word.id) for word in words if word.told_at and told]
    word = min((one for one in later if told and one[0] > told), default=None)
    if word is None:
        return None
    return _first(post for post in posts if post.read_back and post.message_id == word[1])


def _silence(facts: Facts, until: datetime) -> Silence | None:
    """The longest time without a post after the first; *Läget över* that holds ends the need of
    more."""
    over = _holding(facts)
    end = _first(post for post in facts.posts if post.message_id in over) or until
    moments = sorted(
        post.out_at
        for post in facts.posts
        if post.out_at is not None and post.act == "post" and post.out_at <= end
    )
    if not moments:
        return None
    gaps = [Silence(*pair) for pair in pairwise([*moments, max(end, moments[-1])])]
    return max(gaps, key=lambda gap: gap.length)


def _holding(facts: Facts) -> set[int]:
    """*Läget över* that nobody has called wrong, or whose newest correction lets it stand, and
    that is the last word of how it is."""
    wrong = {mark.message_id: not mark.ends for mark in facts.marks}
    newer = [one.told_at for one in facts.texts if one.told_at and one.type in REPEATING]
    return {
        text.id
        for text in facts.texts
        if text.type == ALL_CLEAR and text.told_at is not None and not wrong.get(text.id, False)
        if all(told < text.told_at for told in newer)
    }


def _rounds(rounds: Sequence[Round], posts: Sequence[Post]) -> Rounds:
    out: dict[int, datetime] = {}
    for post in posts:
        if post.out_at is not None:
            out[post.round_id] = min(out.get(post.round_id, post.out_at), post.out_at)
    late = [
        (one, out[one.id] - one.due_at)
        for one in rounds
        if not one.missed and one.id in out and out[one.id] - one.due_at > LATE
    ]
    gone_out = sum(one.id in out for one in rounds)
    return Rounds(len(rounds), gone_out, [one for one in rounds if one.missed], late)


def _rounds_of(facts: Facts) -> list[RoundsOf]:
    out = {post.round_id for post in facts.posts if post.out_at is not None}
    late = {one.id for one, _by in _rounds(facts.rounds, facts.posts).late}
    found: dict[int, Counter[str]] = {}
    for one in facts.rounds:
        how = (
            "missed" if one.missed else "late" if one.id in late
            else "in_time" if one.id in out else "nothing"
        )  # fmt: skip
        found.setdefault(one.message_id, Counter())[how] += 1
    return [
        RoundsOf(message_id, n["in_time"], n["late"], n["missed"], n["nothing"])
        for message_id, n in found.items()
    ]


def _languages(facts: Facts) -> dict[str, InLanguage]:
    approved = {one.id: one.approved_at for one in facts.texts}
    firsts = {one.id for one in facts.rounds if one.n == 1}
    found = {}
    for language in sorted({post.language for post in facts.posts}):
        mine = [post for post in facts.posts if post.language == language]
        took = [
            post.out_at - given
            for post in mine
            if post.round_id in firsts and post.out_at is not None
            if (given := approved.get(post.message_id)) is not None
        ]
        found[language] = InLanguage(
            len(mine), sum(post.out_at is not None for post in mine), max(took, default=None)
        )
    return found


def _corrected(mark: Mark, posts: Mapping[int, Sequence[Post]]) -> Corrected:
    fixed = posts.get(mark.correction_id, ())
    return Corrected(
        message_id=mark.message_id,
        correction_id=mark.correction_id,
        out_at=_first(posts.get(mark.message_id, ())),
        pressed_at=mark.pressed_at,
        first_at=_first(fixed),
        last_at=_last(fixed),
    )


def _failures(facts: Facts) -> list[Failure]:
    firsts: dict[int, Trouble] = {}
    for one in sorted(facts.troubles, key=lambda trouble: (trouble.at, trouble.post_id)):
        firsts.setdefault(one.post_id, one)
    by_id = {post.id: post for post in facts.posts}
    return [
        Failure(
            post_id=one.post_id,
            account_id=by_id[one.post_id].account_id,
            kind=one.event,
            at=one.at,
            resolution=by_id[one.post_id].state,
            settled_at=by_id[one.post_id].out_at,
        )
        for one in firsts.values()
    ]


def _notices(notices: Sequence[Read]) -> dict[str, Notices]:
    found = {}
    for kind in sorted({one.kind for one in notices}):
        mine = [one for one in notices if one.kind == kind]
        took = sorted(one.read_at - one.made_at for one in mine if one.read_at is not None)
        half = ceil(len(mine) / 2)
        found[kind] = Notices(len(mine), len(took), took[half - 1] if len(took) >= half else None)
    return found
