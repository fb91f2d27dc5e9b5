"""What was said to be wrong stands struck wherever the site says it: in every message that says it,
in a correction that was wrong itself, and in English that nobody has corrected yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from console.messages.envelope import StillValid
from console.site import pages
from console.site.alerts import alerts
from console.site.told import Event, Fault, Mark, Removed, Told
from tests.site.test_cap import after, event
from tests.site.test_corrected_times import START, told
from tests.site.test_render import SENDER

WRONG = "Oleby berörs inte."
FIRST = told(1, "first", 0, None, instruction="Koka allt vatten.", text=f"Bakterier. {WRONG}")
UPDATE = after(told(2, "update", 30, None, text=f"Tankar står vid torget. {WRONG}"), 1)
CORRECTION = told(3, "correction", 50, 1, wrong=WRONG, right="Även Torsby ska koka.")
SECOND = told(4, "correction", 70, 3, wrong="Även Torsby ska koka.", right="Även Oleby ska koka.")
ENGLISH = {"headline": "Boil all water.", "detail": "", "body": "Bacteria. Oleby is safe."}


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def marked(message: int, wrong: str, minute: int, *newest_first: Told, **more) -> Event:
    fault = Fault(1, message, wrong, at(minute), None, None)
    return event(
        *newest_first, faults=(fault,), marks=(Mark(message, wrong, fault.at),),
        doubted=frozenset({message}), **more,
    )  # fmt: skip


def said(of: Event, lang="sv") -> list[str]:
    """Every text that stands on the page, in the feeds and in the newest alert, as it is read:
    without what is struck."""
    page = pages.page(of, lang, SENDER, at(200))
    texts = [page.latest, *page.still, *(one.text for one in page.earlier), *page.keep_doing]
    texts += [part for one in page.plate for part in (one.headline, one.detail)]
    texts += [part for one in page.rumours for part in (one.truth, one.rest)]
    newest = [one for one in alerts(of, SENDER)[-1].infos if one.lang == lang]
    return [
        *(pages.unstruck(one) for one in texts if one is not None),
        *(one.text for one in pages.items(of, "https://x.example") if lang == "sv"),
        *(
            part
            for one in newest
            if one.lang == lang
            for part in (one.description, one.instruction)
        ),
    ]


def holding(of: Event, words: str, lang="sv") -> list[str]:
    return [one for one in said(of, lang) if words in one]


def test_another_message_that_says_the_same_is_struck_too() -> None:
    assert holding(event(UPDATE, FIRST), WRONG)
    assert not holding(marked(1, WRONG, 40, UPDATE, FIRST), WRONG)
    assert not holding(marked(2, WRONG, 40, UPDATE, FIRST), WRONG)
    assert not holding(event(CORRECTION, UPDATE, FIRST), WRONG)


def test_what_is_said_again_after_the_correction_is_true_by_then() -> None:
    later = told(5, "update", 300, None, text=f"Proven är rena. {WRONG}")
    assert (
        holding(event(later, CORRECTION, UPDATE, FIRST), WRONG)[0] == later.envelope.texts["text"]
    )


def test_few_letters_say_nothing_of_which_sentence_it_was() -> None:
    short = told(2, "update", 30, None, text="Ja.")
    assert "Ja." in said(marked(1, "Ja.", 40, short, FIRST))


def test_a_correction_that_was_wrong_itself_is_struck_and_what_it_struck_says_what_is_right() -> (
    None
):
    wrong = "Även Torsby ska koka."
    assert not holding(marked(3, wrong, 60, CORRECTION, UPDATE, FIRST), wrong)
    corrected = event(SECOND, CORRECTION, UPDATE, FIRST)
    assert not holding(corrected, wrong)
    page = pages.page(corrected, "sv", SENDER, at(200))
    assert "Även Oleby ska koka." in page.earlier[-1].text.text


def test_whatever_changes_in_an_item_of_the_feed_makes_it_newer() -> None:
    def updated(of: Event) -> list:
        return [one.updated for one in pages.items(of, "https://x.example")]

    assert updated(marked(1, WRONG, 40, UPDATE, FIRST)) == [at(40), at(40)]
    back = Fault(1, 1, WRONG, at(40), at(45), None)
    assert updated(event(UPDATE, FIRST, faults=(back,))) == [at(45), at(45)]
    assert updated(event(CORRECTION, UPDATE, FIRST)) == [at(50)] * 3
    assert updated(event(SECOND, CORRECTION, UPDATE, FIRST)) == [at(70)] * 4


def test_nothing_still_applies_once_it_is_wrong_replaced_or_over() -> None:
    allowed = StillValid(1, 900, at(600), "Tankarna står kvar.", ())
    first = replace(FIRST, still_at=at(20), envelope=replace(FIRST.envelope, still_valid=allowed))
    over = told(9, "all_clear", 90, None, text="Nu kan du dricka vattnet.")
    removed = replace(first, removed=Removed(at(30), "secrecy"))
    assert len(holding(event(first), "fortfarande")) == 2
    for of in (
        marked(1, WRONG, 40, first),
        event(CORRECTION, first),
        event(UPDATE, first),
        event(over, first),
        event(removed),
    ):
        assert not holding(of, "fortfarande") and not holding(of, "Tankarna står kvar.")
    ended = pages.items(event(over, first), "https://x.example")[-1]
    assert ended.key == "message-1" and ended.updated == at(90), "no reader keeps it"


def test_english_is_not_left_as_if_it_were_right_while_only_the_swedish_is_mended() -> None:
    first = replace(FIRST, english=ENGLISH, english_at=at(0))
    doing = after(first, 1).envelope.standing
    wrong = "Koka allt vatten."
    for of in (
        marked(1, wrong, 40, first, standing=doing),
        event(told(3, "correction", 50, 1, wrong=wrong, right="Drick inget vatten."), first,
              standing=doing),
    ):  # fmt: skip
        assert not holding(of, "Boil all water.", "en")
    answer = told(6, "rumour", 10, None, text=f"Skolan är öppen. {WRONG}")
    rumour = replace(answer, english={"body": "School is open. Oleby is safe."})
    for of in (
        marked(1, WRONG, 40, first),
        event(CORRECTION, first),
        marked(6, WRONG, 40, rumour, FIRST),
    ):
        found = holding(of, "Oleby is safe.", "en")
        assert found and all("(Something here is wrong." in one for one in found)
    assert "(Something here" not in " ".join(said(event(first, standing=doing), "en"))
