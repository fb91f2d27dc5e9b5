"""What people type as an address, and what comes of it."""

from __future__ import annotations

import pytest
from flask import Flask

from console.errors import BadInput
from console.people import address_kinds


@pytest.mark.parametrize(
    ("kind", "typed", "target"),
    [
        ("sms", "070-174 06 00", "+46701740600"),
        ("sms", "+47 701 74 060", "+4770174060"),
        ("sms", "0046701740600", "+46701740600"),
        ("ntfy", "ntfy.sh/mitt-amne", "ntfys://ntfy.sh/mitt-amne"),
        ("ntfy", "https://ntfy.sh/mitt-amne/", "ntfys://ntfy.sh/mitt-amne"),
        ("signal", "signal.se:8080/+4610/+4670", "signals://signal.se:8080/+4610/+4670"),
        ("teams", "https://prod.logic.azure.com/x", "https://prod.logic.azure.com/x"),
        ("other", "gotifys://h/t", "gotifys://h/t"),
    ],
)
def test_what_is_typed_becomes_one_address(kind: str, typed: str, target: str) -> None:
    assert address_kinds.target_of(kind, typed) == target


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("sms", "112 eller 113"),
        ("sms", ""),
        ("ntfy", "ntfy.sh"),
        ("ntfy", "mitt ämne"),
        ("signal", "signal.se/+4610"),
        ("teams", "teams.microsoft.com"),
        ("fax", "070"),
        ("other", "x" * 3000),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_an_example(
    app: Flask, kind: str, typed: str
) -> None:
    with app.test_request_context(), pytest.raises(BadInput) as refused:
        address_kinds.target_of(kind, typed)
    assert refused.value.field == ("kind" if kind == "fax" else "address")


def test_a_number_goes_into_the_installations_sms_service() -> None:
    wire = address_kinds.wire("sms", "+46701740600", "46elks://u:p@Budkavle/{phone}")
    assert wire == "46elks://u:p@Budkavle/+46701740600"
