"""Whose a post on a locked account is: the console's own, perhaps, or somebody else's. Pure.

The console's own posts are known by what the platform calls them, else by their words. Nobody is
accused: what may be ours is waited for, and then a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from urllib.parse import parse_qs, urlsplit

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

GRACE = timedelta(minutes=3)
"""So long after it was first seen, what may be a post of ours is waited for: a lost answer has been
looked for by then (`messages.operations.finding`)."""
GONE_AFTER = timedelta(minutes=5)
"""So long a post of ours must have been away from its feed, which is read again meanwhile: what
stands between us and the platform may hand out an answer from before it."""
SKEW = timedelta(minutes=5)
"""The platform's clock may differ from ours by so much."""
BY_HAND_AFTER = timedelta(minutes=30)
"""So long before it is confirmed a text may have been published by hand."""
BACK = timedelta(hours=24)
"""So old a post of ours may be when it comes to stand in a feed."""
SHARED = 0.6
"""Share of an item's words that a post of ours has too, for the two to resemble each other."""
_FEWEST_WORDS, _LEAST_CUT, _LONG_NUMBER = 5, 20, 6
_CUT = ("…", "...", "…]", "...]")
_URL = re.compile(r"https?://\S+")


class AlarmKind(StrEnum):
    AROUND = "around"
    """A post that the console hasn't sent."""
    CHANGED = "changed"
    """A post of ours says something else than what was approved."""
    GONE = "gone"
    """A post of ours isn't there any more."""


class AlarmState(StrEnum):
    ASKED = "asked"
    AROUND = "around"
    """A person has said that it isn't ours; it still stands there."""
    SETTLED = "settled"


class Outcome(StrEnum):
    OURS = "ours"
    AROUND = "around"
    """It isn't ours. Settles nothing: the post still stands there."""
    REMOVED = "removed"
    RESTORED = "restored"
    ALLOWED = "allowed"
    BACK = "back"
    """The console has seen for itself that all is as it should be again."""


ANSWERS: Mapping[tuple[str, str], tuple[Outcome, ...]] = {
    ("around", "asked"): (Outcome.OURS, Outcome.AROUND),
    ("around", "around"): (Outcome.REMOVED, Outcome.ALLOWED, Outcome.OURS),
    ("changed", "asked"): (Outcome.OURS, Outcome.RESTORED, Outcome.ALLOWED),
    ("gone", "asked"): (Outcome.OURS, Outcome.RESTORED, Outcome.ALLOWED),
}
"""Kind and state → what a person may answer, the likeliest first."""
LABELS: Mapping[tuple[str, str], LazyString] = {
    ("around", "ours"): _l("Det är vårt"),
    ("around", "around"): _l("Det är vid sidan av låset"),
    ("around", "removed"): _l("Det är borttaget"),
    ("around", "allowed"): _l("Det får stå kvar"),
    ("changed", "ours"): _l("Vi ändrade det"),
    ("changed", "restored"): _l("Rätt text står där igen"),
    ("changed", "allowed"): _l("Ändringen får stå kvar"),
    ("changed", "back"): _l("Rätt text står där igen"),
    ("gone", "ours"): _l("Vi tog bort det"),
    ("gone", "restored"): _l("Det är publicerat igen"),
    ("gone", "allowed"): _l("Det får vara borta"),
    ("gone", "back"): _l("Det syns igen"),
}
TITLES: Mapping[str, LazyString] = {
    "around": _l("Inlägg på låst konto"),
    "changed": _l("Vårt inlägg är ändrat"),
    "gone": _l("Vårt inlägg syns inte längre"),
}


def may_answer(kind: str, state: str, outcome: str) -> bool:
    """Unknown kinds, states and answers: never."""
    return outcome in ANSWERS.get((kind, state), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Something that the console has asked a platform, or a person, to publish or to change."""

    id: int
    post: int
    """The delivery that it is, or whose post it changes."""
    remote_id: str = ""
    link: str = ""
    title: str = ""
    text: str
    marker: str = ""
    by_hand: bool = False
    since: datetime
    """A post can't stand there before."""
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An item of a locked account's feed."""

    guid: str
    link: str = ""
    title: str = ""
    text: str = ""
    at: datetime | None
    """When it was published; None: the feed doesn't say."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whose an item is: `post` is the delivery that it is, `sure` that it can't be ours.

    With `post` None and not `sure` it may be ours: wait for `GRACE`, then ask.
    """

    post: int | None = None
    sure: bool = False
    as_sent: bool = False
    """It says what we asked to have published."""


class Book:
    """All that the console has out, or may have, on one account."""

    def __init__(self, own: Sequence[Own]) -> None:
        self._own = own
        self._by_name: dict[str, int] = {}
        self._versions: dict[int, list[Own]] = {}
        for one in own:
            self._versions.setdefault(one.post, []).append(one)
            for name in _own_names(one):
                self._by_name.setdefault(name, one.post)

    @cached_property
    def _by_words(self) -> dict[str, list[Own]]:
        """Made when something comes that isn't known by its name: a day of repeats is long."""
        return _indexed(self._own)

    @cached_property
    def _words(self) -> list[tuple[Own, frozenset[str]]]:
        return [(one, _words(f"{one.title} {one.text}")) for one in self._own]

    def by_name(self, seen: Seen) -> int | None:
        """The post that has the item's address or id on the platform; None: none has."""
        for name in _seen_names(seen):
            if name in self._by_name:
                return self._by_name[name]
        return None

    def says_as_sent(self, seen: Seen, post: int) -> bool:
        """Does the item say what a post was to say, as sent or as the console has changed it?"""
        return bool(_alike(seen, _indexed(self._versions.get(post, ()))))

    def judge(self, seen: Seen, taken: Iterable[int]) -> Judgement:
        """Whose an item is.

        Args:
            taken: posts that other items of the feed are already known to be.
        """
        named = self.by_name(seen)
        if named is not None:
            return Judgement(named, as_sent=self.says_as_sent(seen, named))
        claimed = frozenset(taken)
        alike = _alike(seen, self._by_words)
        for one in alike:
            if one.post not in claimed:
                return Judgement(one.post, as_sent=True)
        if alike or seen.at is None:
            return Judgement()
        return Judgement(sure=not self._may_be_ours(seen, claimed))

    def _may_be_ours(self, seen: Seen, taken: frozenset[int]) -> bool:
        """Does it look like something that hasn't been seen in the feed yet?"""
        whole, said = plain(f"{seen.title} {seen.text}"), _words(f"{seen.title} {seen.text}")
        assert seen.at is not None
        for one, words in self._words:
            if one.post in taken or not _may_stand(one, seen.at):
                continue
            if one.by_hand and _by_hand_then(one, seen.at):
                return True
            if one.marker and plain(one.marker) in whole:
                return True
            if len(said) >= _FEWEST_WORDS and len(said & words) >= SHARED * len(said):
                return True
        return False


def _indexed(own: Iterable[Own]) -> dict[str, list[Own]]:
    found: dict[str, list[Own]] = {}
    for one in own:
        for words in _forms(one.title, one.text):
            found.setdefault(words, []).append(one)
    return found


def _alike(seen: Seen, by_words: Mapping[str, Sequence[Own]]) -> list[Own]:
    """Those with the item's words; where the feed cuts them off, those that begin so."""
    found = [one for words in _forms(seen.title, seen.text) for one in by_words.get(words, ())]
    if not found and seen.text.rstrip().endswith(_CUT):
        cut = plain(seen.text)
        if len(cut) >= _LEAST_CUT:
            beginning = [those for words, those in by_words.items() if words.startswith(cut)]
            found = [one for those in beginning for one in those]
    return [one for one in found if _may_stand(one, seen.at)]


def _may_stand(one: Own, at: datetime | None) -> bool:
    """A change shows on a post that is older than itself."""
    return at is None or one.post != one.id or one.since - SKEW <= at


def _by_hand_then(one: Own, at: datetime) -> bool:
    """Whoever publishes by hand may have fitted the words to the platform."""
    if one.settled_at is None:
        return True
    return one.settled_at - BY_HAND_AFTER <= at <= one.settled_at + SKEW


def plain(text: str) -> str:
    """The letters and digits of a text, for comparing what platforms set in their own ways."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def reaches_past(at: datetime, answer: Sequence[datetime]) -> bool:
    """Would a post of this time stand in the answer? Only where the answer ends with what is
    older: what is pinned stands first.

    Args:
        answer: the times of the answer's items in its own order, newest first.
    """
    return bool(answer) and answer[-1] < at


def _words(text: str) -> frozenset[str]:
    found = "".join(c if c.isalnum() else " " for c in _URL.sub(" ", text).casefold())
    return frozenset(found.split())


@lru_cache(1024)
def _forms(title: str, text: str) -> list[str]:
    """A text with and without its title and its addresses: feeds and platforms differ."""
    whole = f"{title} {text}" if title else text
    given = (text, whole, _URL.sub(" ", text), _URL.sub(" ", whole))
    return list(dict.fromkeys(words for one in given if (words := plain(one))))


def _address(text: str) -> str:
    """An address as it is compared: without scheme, `www.` and closing slash."""
    parts = urlsplit(text.strip())
    if not parts.hostname:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname.removeprefix('www.')}{port}{parts.path.rstrip('/')}{query}"


def _own_names(one: Own) -> list[str]:
    found = [f"id {one.remote_id}" if one.remote_id else "", _address(one.link)]
    return [name for name in found if name]


def _seen_names(seen: Seen) -> list[str]:
    found = [f"id {seen.guid}"]
    for text in (seen.guid, seen.link):
        try:
            parts, known = urlsplit(text), _address(text)
        except ValueError:
            continue
        if known:
            found.append(known)
        # WordPress: ?p=12. Elsewhere a post's number ends its address; a short one may be a day.
        found += [f"id {one}" for one in parse_qs(parts.query).get("p", ())]
        last = parts.path.rstrip("/").rpartition("/")[2]
        if last and not (last.isdecimal() and len(last) < _LONG_NUMBER):
            found.append(f"id {last}")
    return found
