"""What Swedish authorities publish, as items; and which items of an answer are news."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.feeds import child, sources
from channels.feeds.authorities import police_time
from channels.feeds.fetching import Politeness
from channels.feeds.items import Item, Trouble, Unreadable, plain
from console.monitoring import feed_rules
from console.monitoring.feed_rules import Known


def read(form: str, value: object) -> list[Item]:
    return child.read(form, "application/json", json.dumps(value).encode()).items


def vma(status: str, kind: str = "Alert") -> dict[str, object]:
    return {
        "identifier": f"SRVMA-{status}-{kind}",
        "sender": "https://vmaapi.sr.se",
        "sent": "2026-06-11T14:03:00+02:00",
        "status": status,
        "msgType": kind,
        "info": [
            {"language": "en-US", "event": "Fire", "description": "Stay in."},
            {
                "language": "sv-SE",
                "event": "Brand",
                "senderName": "Sveriges Radio",
                "description": "Gå inomhus.<br>Stäng fönster.",
                "area": [{"areaDesc": "Torsby kommun"}],
            },
        ],
    }


def test_a_vma_is_an_alert_in_swedish_and_a_test_says_so() -> None:
    actual, test, over = read(
        "vma", {"alerts": [vma("Actual"), vma("Test"), vma("Actual", "Cancel")]}
    )
    assert (actual.title, actual.text) == ("Brand: Torsby kommun", "Gå inomhus.\nStäng fönster.")
    assert actual.alert and not actual.test and actual.at == "2026-06-11T12:03:00+00:00"
    assert test.test and over.title.startswith("Faran över: ")
    assert read("vma", {"alerts": []}) == []


def test_krisinformation_smhi_and_the_police_are_read_in_their_own_shapes() -> None:
    (news,) = read(
        "krisinformation",
        [{"Identifier": "7", "Headline": "Storm", "Preamble": "Håll er inne.", "BodyText": "",
          "Published": "2026-06-11T14:03:00+02:00", "Web": "https://www.krisinformation.se/7",
          "SenderName": "Krisinformation.se", "IsVma": False, "IsTestVma": True}],
    )  # fmt: skip
    assert (news.title, news.text, news.test) == ("Storm", "Håll er inne.", True)
    (warning,) = read(
        "smhi",
        [{"id": 5, "event": {"sv": "Vind", "en": "Wind"}, "warningAreas": [
            {"id": 2, "warningLevel": {"sv": "Gul"}, "areaName": {"sv": "Värmlands län"},
             "eventDescription": {"sv": "Kraftiga vindbyar"}, "published": "2026-06-11T10:00:00Z",
             "descriptions": [{"title": {"sv": "Vad händer"}, "text": {"sv": "Träd faller."}}]}]}],
    )  # fmt: skip
    assert warning.title == "Gul Kraftiga vindbyar: Värmlands län" and warning.alert
    assert (warning.guid, warning.text) == ("5/2", "Vad händer: Träd faller.")
    (event,) = read(
        "police",
        [{"id": 9, "datetime": "2026-06-12 9:05:03 +02:00", "name": "12 juni 09.00, Brand, Torsby",
          "summary": "Ladugårdsbrand.", "url": "/aktuellt/handelser/9", "type": "Brand"}],
    )  # fmt: skip
    assert event.at == "2026-06-12T07:05:03+00:00", "the hour comes without its zero"
    assert event.link == "https://polisen.se/aktuellt/handelser/9"
    assert police_time("igår") == police_time("2026-13-40 9:05:03 +02:00") == ""


def test_a_json_feed_comes_under_the_address_of_any_feed() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Badet",
        "items": [{"id": "1", "url": "javascript:x", "content_html": "<p>Öppet</p>"}],
    }
    body = b"\xef\xbb\xbf " + json.dumps(feed).encode()
    (item,) = child.read("feed", "", body).items
    assert (item.guid, item.link, item.text) == ("1", "", "Öppet")


@pytest.mark.parametrize("form", ["vma", "krisinformation", "smhi", "police"])
@pytest.mark.parametrize("value", [{}, {"error": "x"}, [1], [{"a": 1}], "x", None, 3])
def test_another_shape_is_never_an_empty_source(form: str, value: object) -> None:
    with pytest.raises(Unreadable) as refused:
        read(form, value)
    assert refused.value.trouble == Trouble.NOT_A_FEED


def test_json_that_breaks_off_and_a_page_are_told_apart() -> None:
    for body, trouble in ((b'[{"id": 1', Trouble.BROKEN), (b"<html>", Trouble.NOT_A_FEED)):
        with pytest.raises(Unreadable) as refused:
            child.read("police", "", body)
        assert refused.value.trouble == trouble
    deep = child.answer("police", "", b"[" * 100_000)
    assert deep["trouble"] == Trouble.BROKEN


def test_text_holds_no_tags_no_scripts_and_nothing_a_database_refuses() -> None:
    assert plain("<p>Ett &amp; två</p><ul><li>tre<li>fyra</ul>", 99) == "Ett & två\ntre\nfyra"
    assert plain("<script>x</script><img src=x onerror=y>Hej\x00\ud800 då", 99) == "Hej då"
    assert plain("&lt;b&gt;", 99) == "<b>" and plain(None, 9) == "" and len(plain("x" * 99, 9)) == 9


def item(guid: str, link: str = "", text: str = "") -> Item:
    return Item(guid=guid, link=link, title="Nytt", text=text or guid)


def test_items_without_ids_that_all_lead_to_one_page_are_all_read() -> None:
    told = "".join(
        f"<item><title>{title}</title><link>https://x.example/drift</link></item>"
        for title in ("Vattnet är avstängt", "Vattnet är tillbaka")
    )
    body = f'<rss version="2.0"><channel>{told}</channel></rss>'.encode()
    found = child.read("feed", "", body).items
    assert [said for _item, said, _one in feed_rules.judge([], found)] == ["new", "new"]
    known = [Known(n, one.guid, one.link, one.content_hash) for n, one in enumerate(found)]
    assert [said for _item, said, _one in feed_rules.judge(known, found)] == ["same", "same"]
    rows = [{"title": t, "url": "https://x.example/drift"} for t in ("Av", "På")]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": rows}
    given = child.read("feed", "", json.dumps(feed).encode()).items
    assert len({one.guid for one in given}) == 2


def test_an_item_is_known_by_id_then_by_link_or_words_once_its_id_is_gone() -> None:
    had = item("a", "https://x.example/1")
    known = [Known(1, had.guid, had.link, had.content_hash)]

    def verdict(*items: Item) -> list[tuple[str, int | None]]:
        judged = feed_rules.judge(known, items)
        return [(said, one.id if one else None) for _item, said, one in judged]

    assert verdict(had) == [("same", 1)]
    assert verdict(item("a", text="Annat")) == [("changed", 1)]
    assert verdict(item("b", had.link, text="Annat")) == [("changed", 1)]
    assert verdict(item("b", "https://x.example/2", text="a")) == [("same", 1)]
    assert verdict(item("b", "https://x.example/2")) == [("new", None)]
    assert verdict(had, item("b", had.link, text="Ny")) == [("same", 1), ("new", None)]
    assert verdict(item("b", had.link, "två"), item("c", had.link, "tre")) == [
        ("new", None), ("new", None),
    ]  # fmt: skip
    assert verdict(had, had) == [("same", 1)], "a source that repeats itself"


def test_what_was_published_at_another_time_is_news_although_its_words_or_link_are_the_same() -> (
    None
):
    """Warnings say the same words winter after winter, and an authority's all lead to one page."""
    had = item("a", "https://x.example/varningar", "Gul: vind")
    then = datetime(2026, 1, 3, 8, tzinfo=UTC)
    known = [Known(1, had.guid, had.link, had.content_hash, then)]

    def verdict(at: str, **changes: str) -> str:
        ((_item, said, _before),) = feed_rules.judge(
            known, [replace(had, guid="b", at=at, **changes)]
        )
        return said

    assert verdict("2026-11-20T08:00:00+00:00") == "new"
    assert verdict("2026-11-20T08:00:00+00:00", text="Röd: vind") == "new"
    assert verdict("2026-11-20T08:00:00+00:00", link="https://x.example/2") == "new"
    assert verdict("2026-01-03T08:00:00+00:00") == "same", "its source gave it another id"
    assert verdict("") == "same", "it doesn't say when"


def test_the_police_are_asked_ten_seconds_apart_and_others_one() -> None:
    polite = Politeness()
    assert (polite.gap("polisen.se"), polite.gap("www.polisen.se"), polite.gap("x.se")) == (
        10.0, 10.0, 1.0,
    )  # fmt: skip

    async def turns() -> list[float]:
        """When each of three requests to one host came, in gaps."""
        loop, spaced = asyncio.get_running_loop(), Politeness(gap=0.05)
        begun = loop.time()

        async def one() -> float:
            async with spaced.turn("https://x.example/flode"):
                return loop.time() - begun

        return sorted(await asyncio.gather(*(one() for _ in range(3))))

    first, second, third = asyncio.run(turns())
    assert second - first >= 0.045 and third - first >= 0.095


def test_an_accounts_own_feed_is_known_from_its_address() -> None:
    of = sources.of_account
    assert of("mastodon", "https://social.example/@torsby", "x") == (
        "https://social.example/@torsby.rss"
    )
    assert of("bluesky", "", "@torsby.bsky.social") == (
        "https://bsky.app/profile/torsby.bsky.social/rss"
    )
    channel = "UC" + "x" * 22
    assert of("youtube", f"https://www.youtube.com/channel/{channel}", "x").endswith(channel)
    assert of("blog", "https://torsby.example/blogg/", "x") == "https://torsby.example/blogg/feed/"
    for platform in ("facebook", "mastodon", "youtube", "blog"):
        assert of(platform, "http://torsby.example/x", "x") == ""


def test_watch_words_begin_a_word_and_are_found_however_they_are_written() -> None:
    words = ["vatten", "Nya torget", "ö"]
    assert feed_rules.mentions("VATTNET? Nej, vattenläcka vid nya  TORGET.", words) == [
        "vatten", "Nya torget",
    ]  # fmt: skip
    assert feed_rules.words_in(" Torsby,\nVärmland ,, Torsby") == ["Torsby", "Värmland"]
