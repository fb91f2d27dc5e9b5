"""What a search in the inbox finds: a word however it is inflected, and not its neighbours."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from channels.feeds.items import Item
from console import clock, db
from console.errors import BadInput
from console.monitoring import inbox_queries
from console.monitoring.feed_models import FeedItem
from console.monitoring.inbox_queries import Sieve
from console.monitoring.inflection_rules import forms
from console.people.models import Person
from tests.cast import Cast
from tests.feeds.net import keep
from tests.feeds.test_inbox import follow

ClientFor = Callable[[Person | None], FlaskClient]
FAMILIES = (
    "vatten vattnet vattnets",
    "skola skolan skolor skolorna skolans",
    "bok boken böcker böckerna",
    "handbok handboken handböcker handböckerna",
    "nyckel nyckeln nycklar nycklarna",
    "stad staden städer",
    "bostad bostaden bostäder bostäderna",
    "skogsbrand skogsbranden skogsbränder skogsbränderna",
    "barn barnet barnen",
    "museum museet museer museerna",
    "nummer numret",
    "rum rummet rummen",
    "biblioteket bibliotek",
    "ledamot ledamoten ledamöter ledamöterna",
    "bro bron broar broarna",
    "by byn byar byarna",
    "öppen öppet öppna",
    "gammal gammalt gamla",
    "brinna brinner brann brunnit",
    "dricka dricker drack druckit",
    "stänga stänger stängde stängt",
)
APART = (
    ("barn", "baren"),
    ("bar", "barn"),
    ("vin", "vinna"),
    ("moln", "mola"),
    ("sand", "sänder"),
    ("vatten", "vattkoppor"),
    ("vagn", "vag"),
    ("bok", "bokning"),
    ("mal", "mål"),
    ("ort", "ört"),
)


@pytest.fixture
def written(cast: Cast) -> Callable[..., None]:
    """Keeps items of these texts, as a source brings them."""
    number = follow(cast.lisa)

    def write(*texts: str) -> None:
        for text in texts:
            keep(number, Item(guid=text, title="Rad", text=text, link=""))

    return write


def found(person: Person, words: str) -> set[str]:
    with db.unit_of_work() as session:
        sieve = Sieve(show="all", words=words)
        actor = session.get_one(Person, person.id)
        return {
            one.content for one in inbox_queries.page_of(session, actor, sieve, clock.now()).rows
        }


def test_every_form_of_a_word_finds_every_other(cast: Cast, written: Callable[..., None]) -> None:
    for family in FAMILIES:
        written(*family.split())
    for family in FAMILIES:
        for word in family.split():
            missed = set(family.split()) - found(cast.lisa, word)
            assert not missed, f"{word} doesn't find {missed}"


def test_words_that_look_alike_do_not_find_each_other(
    cast: Cast, written: Callable[..., None]
) -> None:
    written(*{other for _word, other in APART})
    for word, other in APART:
        assert other not in found(cast.lisa, word), f"{word} finds {other}"


def test_case_accents_and_how_letters_are_put_together_do_not_matter(
    cast: Cast, written: Callable[..., None]
) -> None:
    apart = unicodedata.normalize("NFD", "Böckerna på KAFÉET")
    written("ÅSKA ÖVER KAFÉET", apart, "Привет из Торсбю")
    assert found(cast.lisa, "åska") == found(cast.lisa, "ÖVER åSKA") == {"ÅSKA ÖVER KAFÉET"}
    assert found(cast.lisa, unicodedata.normalize("NFD", "böcker")) == {apart}
    assert found(cast.lisa, "kafeet") == found(cast.lisa, "Kafé") == {"ÅSKA ÖVER KAFÉET", apart}
    assert found(cast.lisa, "ПРИВЕТ") == {"Привет из Торсбю"}


def test_all_words_are_asked_for_and_a_phrase_as_it_stands(
    cast: Cast, written: Callable[..., None]
) -> None:
    written("Slut på vatten i skolan", "Vattnet är slut, på riktigt")
    assert len(found(cast.lisa, "vatten slut")) == 2
    assert found(cast.lisa, "vatten skola") == {"Slut på vatten i skolan"}
    assert found(cast.lisa, '"slut på vatten"') == {"Slut på vatten i skolan"}
    assert found(cast.lisa, '"vatten i skolan" slut') == {"Slut på vatten i skolan"}
    assert found(cast.lisa, '"vatten slut"') == set()
    assert found(cast.lisa, '"slut på') == found(cast.lisa, "slut")


def test_signs_between_words_do_not_hide_them(cast: Cast, written: Callable[..., None]) -> None:
    written(
        "Se www.torsby.example/dricksvatten_karta eller skolan/badhuset", "E-posten ligger nere"
    )
    first = {"Se www.torsby.example/dricksvatten_karta eller skolan/badhuset"}
    for word in ("torsby", "dricksvatten", "karta", "skolor", "badhus", "skolan/badhuset"):
        assert found(cast.lisa, word) == first, word
    assert found(cast.lisa, "e-post") == {"E-posten ligger nere"}


def test_a_word_of_four_letters_finds_longer_ones_that_begin_with_it(
    cast: Cast, written: Callable[..., None]
) -> None:
    written("Vattenläckan är lagad", "En bokning")
    for word in ("vatten", "vattenläcka", "vattenlä", "VATTENLÄCKOR"):
        assert found(cast.lisa, word) == {"Vattenläckan är lagad"}, word
    assert found(cast.lisa, "boknin") == {"En bokning"} and found(cast.lisa, "bok") == set()


def test_nothing_to_search_for_is_said_beside_the_field(
    cast: Cast, client_for: ClientFor, written: Callable[..., None]
) -> None:
    written("Vattnet är bra")
    lisa = client_for(cast.lisa)
    for words in ("och", "???", '""', "är och i"):
        page = lisa.get("/inbox", query_string={"show": "all", "words": words})
        assert page.status_code == 422
        assert "Skriv ett ord att söka efter" in page.text and "Vattnet" not in page.text
        assert 'aria-invalid="true"' in page.text
    assert "Vattnet är bra" in lisa.get("/inbox?show=all&words=++").text
    assert found(cast.lisa, "vatten och är") == {"Vattnet är bra"}


def test_whatever_is_written_is_searched_for_or_refused(cast: Cast) -> None:
    signs = "' vatten:* !!a \\ (b &| \" a<->b %s 😀 ١٢ :x -- ß {} $1 &amp;"
    for words in (*signs.split(), signs, "a" * 200, "vatten " * 28):
        with suppress(BadInput):
            found(cast.lisa, words)


def test_what_is_moderated_is_found_by_its_words_no_longer(
    cast: Cast, written: Callable[..., None]
) -> None:
    written("En förolämpning")
    assert found(cast.lisa, "förolämpning")
    with db.unit_of_work() as session:
        session.query(FeedItem).one().content = ""
    assert found(cast.lisa, "förolämpning") == set()


@given(st.text("abdeghilmnorstuvåäö", min_size=1, max_size=12))
def test_any_word_is_one_of_its_own_forms(word: str) -> None:
    assert word in forms(word)
