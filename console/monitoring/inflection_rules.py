"""Other forms of a Swedish word, for finding it however it is inflected. Pure.

PostgreSQL's Swedish stemmer takes off most endings, on both sides of a search, but leaves "-an"
and "-et" ("skolan", "vattnet"), a vowel that comes and goes ("nyckel", "nycklar"), and words that
change within ("bok", "böcker"). Here a sought word is given the forms that are missing. The index
needs none of it, so that a word may be added below at any time. A form that isn't a word finds
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

LEAST = 3
"""Letters that are left of a word without its ending."""
_ENDINGS = """
arnas ernas ornas arna erna orna ans ens ets nas an ar as at de en er es et it na or te a e n s t
"""
ENDINGS = tuple(_ENDINGS.split())
"""What is taken off a sought word, one at a time."""
ADDED = ("", "a", "an", "e", "en", "et", "it", "t")
"""What is put on instead. The stemmer takes off the rest: "-er", "-erna", "-ens"."""
AFTER_VOWEL = ("ar", "arna", "na")
VOWELS = frozenset("aeiouyåäöé")
APART = frozenset(("rn", "rl", "ln", "nl"))
"""No vowel comes between these: "barn" isn't a form of "bar", nor "moln" of "mol"."""
_CHANGED = """
bok/böck stad/städ natt/nätt hand/händ brand/bränd strand/stränd land/länd rand/ränd tand/tänd
and/änd fot/fött rot/rött man/män son/sön dotter/döttr moder/mödr mor/mödr moder/mor fader/fäd
far/fäd fader/far broder/bröd bror/bröd broder/bror bonde/bönd gås/gäss mus/möss lus/löss
tång/täng stång/stäng spång/späng bokstav/bokstäv ledamot/ledamöt öga/ögon öra/öron
gammal/gaml sommar/somr stor/störr ung/yngr lång/läng hög/högr tung/tyngr liten/små lilla/små
brinn/brann brinn/brunn brann/brunn finn/fann finn/funn fann/funn försvinn/försvann
försvinn/försvunn försvann/försvunn vinn/vann vinn/vunn vann/vunn hinn/hann hinn/hunn hann/hunn
drick/drack drick/druck drack/druck sprick/sprack sprick/spruck sprack/spruck sjunk/sjönk
skriv/skrev stig/steg bryt/bröt skjut/sköt flyt/flöt frys/frös flyg/flög stjäl/stal ligg/låg
skär/skar bär/bar ge/gav ta/tog komm/kom spring/sprang spring/sprung sprang/sprung bind/band
bind/bund band/bund bjud/bjöd ljug/ljög sprid/spred slit/slet sitt/satt
"""
CHANGED = tuple(pair.partition("/")[::2] for pair in _CHANGED.split())
"""How a word begins in its one shape and its other, before endings."""
SHORT: dict[str, tuple[str, ...]] = {
    word: family
    for family in (
        ("by", "byn", "byar", "byarna"),
        ("ö", "ön", "öar", "öarna"),
        ("å", "ån", "åar", "åarna"),
        ("is", "isen", "isar", "isarna"),
        ("el", "elen"),
    )
    for word in family
}
"""Words too short to take anything off, with all their forms."""
ALONE = frozenset(("and", "stor", "ung", "ge", "ta", "mus", "lus", "bar", "bär", "far", "mor"))
"""Shapes that change only as words of their own: a "sand" doesn't become "sänder"."""


def forms(word: str) -> frozenset[str]:
    """The word, and words that may be other forms of it.

    Args:
        word: one, in lower case.
    """
    if word in SHORT:
        return frozenset(SHORT[word])
    stems = {word, *_bare(word)}
    stems |= {other for stem in tuple(stems) for other in _neighbours(stem, stem != word)}
    stems |= {other for stem in tuple(stems) for other in _other_shapes(stem)}
    return frozenset(f"{stem}{ending}" for stem in stems for ending in _added(stem))


def _bare(word: str) -> Iterator[str]:
    """What may stand before the word's ending."""
    for ending in ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= LEAST and (ending != "n" or _takes_n(stem)):
            yield stem


def _added(stem: str) -> Iterator[str]:
    yield from ADDED
    if _takes_n(stem):
        yield "n"
    if stem[-1] in VOWELS:
        yield from AFTER_VOWEL


def _takes_n(stem: str) -> bool:
    """As in "bron", "nyckeln", "systern"; but "barn" isn't "bar" with an ending."""
    return stem[-1] in VOWELS or (len(stem) > LEAST and stem[-2:] in ("el", "er", "or", "ar"))


def _neighbours(stem: str, bare: bool) -> Iterator[str]:
    """The stem with what comes and goes before an ending.

    Args:
        bare: an ending has been taken off.
    """
    last = stem[-2:]
    if len(stem) < LEAST:
        return
    if last[0] == "e" and last[1] in "lnr" and stem[-3] not in VOWELS:
        yield f"{stem[:-2]}{stem[-1]}"  # nyckel, nyckl-
        if stem[-4:-2] == "mm":
            yield f"{stem[:-3]}{stem[-1]}"  # nummer, numr-
    if bare and last[1] in "lnr" and last[0] not in VOWELS and last not in APART:
        yield f"{stem[:-1]}e{stem[-1]}"
        if last[0] == "m":
            yield f"{stem[:-1]}me{stem[-1]}"
    if bare and last == "mm":
        yield stem[:-1]  # rumm-, rum
    if not bare and last == "et":
        yield f"{stem[:-2]}n"  # öppet, öppn-
    if not bare and last[1] == "m" and last[0] in VOWELS:
        yield f"{stem}m"
    if bare and (stem[-1] in "ei" or stem.endswith("centr")):
        yield f"{stem}um"  # muse-, museum
    if stem.endswith(("eum", "ium", "centrum")):
        yield stem.removesuffix("um")


def _other_shapes(stem: str) -> Iterator[str]:
    """A stem with its vowel changed, also as the last part of a longer word: "handböck"."""
    for pair in CHANGED:
        for old, new in (pair, pair[::-1]):
            compound = len(old) >= LEAST and len(stem) - len(old) >= LEAST - 1
            if stem == old or (compound and stem.endswith(old) and not ALONE & set(pair)):
                yield stem.removesuffix(old) + new
