from __future__ import annotations

import pytest

from console.people import passwords
from console.policy.rules import Profile, from_content

TORSBY = Profile()


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Kort1", "10 tecken"),
        ("baraen-gemen-9", "stor bokstav"),
        ("BARA-VERSAL-9", "liten bokstav"),
        ("Ingen-siffra-alls", "siffra"),
        ("Aa1" + "x" * 300, "högst"),
    ],
)
def test_a_password_that_breaks_the_rule_is_told_what_is_missing_5_e(
    password: str, word: str
) -> None:
    faults = passwords.faults(password, TORSBY)
    assert len(faults) == 1
    assert word in faults[0]


def test_a_profile_may_ask_for_more() -> None:
    strict = from_content({"password_min": 14, "password_classes": ["upper", "digit", "other"]})
    assert passwords.faults("Xk7mQ2vB9zTr", TORSBY) == []
    assert len(passwords.faults("Xk7mQ2vB9zTr", strict)) == 2


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Xq9-Lisa-zzkw", "namn"),
        ("grebXq9-wkpt", "namn"),
        ("Torsby-xq9wkp", "kommunens"),
        ("Vatten-xq9wkp", "vanligt ord"),
        ("xq9wkpnettaV", "vanligt ord"),
        ("Xq-1234-wkpz", "följd"),
        ("Xq-4321-wkpz", "följd"),
        ("Xq9-aaaa-wkpz", "följd"),
        ("Xq-1987-wkpz", "årtal"),
    ],
)
def test_a_password_is_advised_against_words_names_sequences_and_years_5_f(
    password: str, word: str
) -> None:
    advice = passwords.advice(password, TORSBY, name="Lisa Berg", email="lb@torsby.example")
    assert any(word in sentence for sentence in advice)


def test_a_good_password_gets_no_advice() -> None:
    assert not passwords.advice("Xq9-mvkr7-wtPz", TORSBY, name="Lisa Berg", email="l@x.se")


def test_somebody_without_a_password_never_matches() -> None:
    assert not passwords.matches(None, "the password of nobody")
    assert not passwords.matches("not a digest", "anything")
    assert passwords.matches(passwords.digest("Xq9-mvkr7"), "Xq9-mvkr7")
