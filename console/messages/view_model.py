"""What the pages for writing and approving show, as plain values.

Pure: filled by queries, drawn by templates/messages. Sentences come ready in the reader's language;
moments are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.kavel import Kavel
from console.parts import PlateItem, Verb


@dataclass(frozen=True)
class Piece:
    """A stretch of a rendition. *slot*: the frozen places for round line and next word."""

    text: str
    kind: Literal["plain", "slot", "over"] = "plain"
    """over: past the channel's limit."""


@dataclass(frozen=True)
class Fix:
    """A way to mend a preview: a submit button of the message form."""

    text: str
    name: str
    value: str


@dataclass(frozen=True)
class Preview:
    """How one channel, or several that show the same, will carry the text."""

    title: str
    """The platform: Bluesky, or several with commas."""
    accounts: str
    """Short: "Räddningstjänsten", "5 konton"; may be empty."""
    pieces: tuple[Piece, ...]
    """Empty: only the line with the count is shown."""
    length: int
    limit: int | None
    """None: no limit worth counting against."""
    whole: str = ""
    """Said instead of the count, such as "hela texten"."""
    note: str = ""
    """How it was made to fit: "den korta texten", "kortad, med länk"."""
    wide: str = ""
    """Which characters make a text message hold less."""
    price: str = ""
    """What it costs where a link costs."""
    excess: int = 0
    """How much too long, in the unit it breaks first."""
    fixes: tuple[Fix, ...] = ()
    still: tuple[Piece, ...] = ()
    """What goes out when *Gäller fortfarande* is said; empty where it may not be."""
    still_length: int = 0
    still_excess: int = 0
    cards: tuple[ShownCard, ...] = ()
    """Of accounts whose posts carry a text card."""

    @property
    def over(self) -> int:
        """How much too long; 0 when it fits."""
        past = max(0, self.length - self.limit) if self.limit is not None else 0
        return max(past, self.excess)


@dataclass(frozen=True)
class ShownCard:
    """A text card, drawn as it goes out."""

    names: str
    """Of the platforms that get it; may be empty."""
    url: str
    alt: str
    """Its alternative text: all that stands on it."""
    language: str
    width: int
    height: int


@dataclass(frozen=True)
class Meters:
    """Under the text: counted length, readability, what else was found."""

    length: int
    lix: int | None
    lix_word: str
    """Lätt att läsa, and so on."""
    words: int
    warnings: tuple[str, ...] = ()
    """Personal identity numbers and the like, one sentence each."""
    calm: tuple[str, ...] = ()
    """What was looked for and not found: "Inga personnummer"."""


@dataclass(frozen=True)
class Standing:
    """An instruction in force: the writer says whether it stays."""

    item: PlateItem
    name: str
    """The radio's field name; its values are keep and end."""
    ends: bool = False


@dataclass(frozen=True)
class Fault:
    """What is missing before the text can be sent, with the id of the field that mends it."""

    text: str
    target: str
    place: str = ""
    """What the field is called, where the sentence doesn't say it."""

    @property
    def named(self) -> str:
        """Read away from the field: at the foot, and aloud."""
        return f"{self.place}: {self.text}" if self.place else self.text


@dataclass(frozen=True)
class Schedule:
    first: str
    """"Går ut kl 13.10" (set in bold)."""
    rest: str
    """", sedan var 30:e minut till 22.00. 18 omgångar." """
    kavel: Kavel | None = None


@dataclass(frozen=True)
class Kind:
    """A type the draft may become: a button, or a link where the type has a page of its own."""

    value: str
    text: str
    current: bool
    url: str = ""


@dataclass(frozen=True)
class Change:
    """One field that differs from a returned version."""

    label: str
    gone: str
    new: str


@dataclass(frozen=True)
class Turn:
    """A version that was returned: why, and what has been changed since."""

    number: int
    sent_by: str
    sent_at: datetime
    returned_by: str
    returned_at: datetime
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class WriteView:
    """The write page. The form itself (WTForms) is passed beside it as `form`."""

    title: str
    """Skriv uppdatering"""
    saved: str
    """"Utkastet sparat 12.54.18 av Lisa Berg." """
    note: str
    """What the writer should know first: that it waits, is paused, replaces. May be empty."""
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[str, ...], ...]
    """Names of the form's fields, row by row; the first is the text itself, set large."""
    more: tuple[tuple[str, ...], ...]
    """Optional fields, folded away."""
    more_text: str
    """"Frivilligt: vilka som berörs, kontakt …" """
    times: tuple[tuple[str, ...], ...]
    english: tuple[tuple[str, ...], ...]
    standing: tuple[Standing, ...]
    meters: Meters | None
    previews: tuple[Preview, ...]
    """Faulty ones first."""
    previews_head: str
    """"20 konton, 1 för långt" """
    schedule: Schedule
    faults: tuple[Fault, ...]
    """What stands in the way, `missing` included."""
    send_text: str
    """"Skicka till Karin Holm" """
    action_url: str
    preview_url: str
    draft_url: str
    type_url: str
    withdraw_url: str
    images_text: str
    """Bilder, and how many there are."""
    withdraw_text: str
    revision: int
    replacement: Verb | None = None
    """A correction: prepare the message that replaces what was wrong, or go to it."""
    thread: tuple[Turn, ...] = ()
    """Why earlier versions were returned, oldest first."""
    called: str = ""
    """Who has been called about the text that waits."""
    ring: Verb | None = None
    nobody: str = ""
    """Why nobody is ready to approve. Empty: somebody is."""
    schedule_target: str = "tider"
    """Id of the part for times. Empty: no button for it."""
    missing: tuple[Fault, ...] = ()
    """Required fields that are empty: "Vem äger fakta" and the field's id."""
    said: str = ""
    """What is missing or looks wrong, for whoever hears the page: said when it changes."""
    started: str = ""
    """What the texts come from. Empty: the writer's own."""
    openings: tuple[tuple[str, str], ...] = ()
    """Openings for an empty draft: key and what its button says."""
    opening_url: str = ""
    openings_in_english: bool = False
    spare_link: bool = False
    """The link is left out where it costs."""
    pins: str = ""
    """Where the message can be made to stand first, and where not."""

    @property
    def other_faults(self) -> tuple[Fault, ...]:
        empty = {one.target for one in self.missing}
        return tuple(one for one in self.faults if one.target not in empty)


@dataclass(frozen=True)
class Line:
    """A row of facts: a word, what it is, and optionally something to press in it."""

    word: str
    text: str
    verb: Verb | None = None
    verb_first: bool = False
    """The pressable part stands before the text: "20 av 25", webben först."""


@dataclass(frozen=True)
class Translation:
    """Another language: approved for itself."""

    texts: tuple[str, ...]
    content_hash: str
    approve_url: str
    state: str
    """"Väntar", "Godkänd": as a sentence."""
    waiting: bool


@dataclass(frozen=True)
class ReplacementView:
    """The message that takes the place of a corrected one: approved in the same press."""

    texts: tuple[str, ...]
    content_hash: str
    version_id: int
    url: str


@dataclass(frozen=True)
class ApproveView:
    """One version before its approver."""

    title: str
    """Godkänn uppdatering?"""
    goes_out: str
    """"Går ut kl 13.10" (bold); empty: it has been decided on"""
    goes_out_rest: str
    """", om 13 min" """
    new: tuple[str, ...]
    gone: tuple[str, ...]
    kept: tuple[str, ...]
    lines: tuple[Line, ...]
    answer_by: str
    """"Svara före 13.01, annars ringer vi Per Lind." """
    content_hash: str
    """What is approved, as shown; posted back as seen_hash."""
    approve_url: str
    return_url: str
    """A page of its own: returning asks for a reason."""
    thread: tuple[Turn, ...] = ()
    """Why earlier versions were returned, oldest first."""
    called: str = ""
    """Who has been called, while it waits."""
    ring: Verb | None = None
    problem: str = ""
    """Why the last press did nothing: the text was changed meanwhile, and the like."""
    english: Translation | None = None
    cards: tuple[ShownCard, ...] = ()
    """Every text card that goes along, in every language."""
    images: tuple[ShownCard, ...] = ()
    """The message's own pictures, with what is said of each in every language."""
    replacement: ReplacementView | None = None
    refusal: str = ""
    """Why this person can't approve it; the verbs are then left out."""
    approved_at: datetime | None = None
    renditions_url: str = ""
    list_url: str = ""
    edit_url: str = ""
    """Empty: this reader doesn't write, or the text is no longer one to change."""

    @property
    def short_hash(self) -> str:
        return f"{self.content_hash[:4]} {self.content_hash[4:8]}"
