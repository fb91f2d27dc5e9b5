"""Behind proxies: only what our own proxies wrote is believed, and the doctor can see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from console import db
from console.people.models import LoginFailure
from console.web import proxies
from tests.cast import Cast

HTTPS = "https://konsol.torsby.example"
PROXY, VISITOR, CLAIMED = "10.0.0.2", "203.0.113.9", "198.51.100.1"


@pytest.fixture
def behind(make_app: Callable[..., Flask], cast: Cast) -> Callable[[int], Flask]:
    """The console behind so many proxies."""

    def make(hops: int) -> Flask:
        app = make_app(console_url=HTTPS, proxies=hops)
        app.config["WTF_CSRF_ENABLED"] = False
        return app

    return make


def counted(app: Flask, peer: str = PROXY, **headers: str) -> str:
    """By which address a wrong password is counted."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    app.test_client().post(
        "/login", data={"email": "ingen@x.se", "password": "fel"}, headers=sent,
        environ_base={"REMOTE_ADDR": peer},
    )  # fmt: skip
    with db.unit_of_work() as session:
        keys = session.scalars(select(LoginFailure.key).order_by(LoginFailure.id)).all()
        for row in session.scalars(select(LoginFailure)):
            session.delete(row)
    (key,) = [one for one in keys if one.startswith("address:")]
    return key.removeprefix("address:")


def test_without_a_proxy_nobodys_word_counts(behind: Callable[[int], Flask]) -> None:
    app = behind(0)
    assert counted(app, VISITOR, X_Forwarded_For=CLAIMED, Forwarded=f"for={CLAIMED}") == VISITOR
    answer = app.test_client().get(
        "/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    )
    assert "Strict-Transport-Security" not in answer.headers
    assert "evil.example" not in answer.text


def test_one_proxy_is_believed_about_its_own_visitor_and_about_nothing_before(
    behind: Callable[[int], Flask],
) -> None:
    app = behind(1)
    assert counted(app, X_Forwarded_For=VISITOR) == VISITOR
    assert counted(app, X_Forwarded_For=f"{CLAIMED}, {VISITOR}") == VISITOR
    assert counted(app, X_Forwarded_For=f"{CLAIMED},{CLAIMED}, {VISITOR}") == VISITOR
    assert counted(app, X_Real_IP=CLAIMED, True_Client_IP=CLAIMED) == PROXY
    assert counted(app) == PROXY


def test_two_proxies_are_counted_from_the_end(behind: Callable[[int], Flask]) -> None:
    app = behind(2)
    assert counted(app, X_Forwarded_For=f"{CLAIMED}, {VISITOR}, 10.0.0.1") == VISITOR
    # Who has come past the outer one has no second word to be believed.
    assert counted(app, X_Forwarded_For=CLAIMED) == PROXY


@pytest.mark.parametrize(
    ("peer", "wanted"),
    [
        ("203.0.113.9:51034", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::3]:443", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("", ""),
        ("x" * 500, "x" * proxies.LONGEST),
    ],
)
def test_who_changes_port_or_half_of_the_address_is_the_same_visitor(
    app: Flask, peer: str, wanted: str
) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": peer}):
        assert proxies.client_address() == wanted


def test_the_doctor_sees_its_own_request_and_nobody_else_does(
    behind: Callable[[int], Flask],
) -> None:
    app = behind(1)
    proof = proxies.proof(app.config["SETTINGS"])
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "konsol.torsby.example",
            "X-Forwarded-For": VISITOR}  # fmt: skip
    answer = app.test_client().get("/healthz", headers={**sent, proxies.PROOF: proof})
    assert answer.json is not None
    assert answer.json["seen"] == {
        "scheme": "https", "host": "konsol.torsby.example", "address": VISITOR,
    }  # fmt: skip
    assert "Strict-Transport-Security" in answer.headers
    for wrong in ("", "x", "å", proof[:-1]):
        answer = app.test_client().get("/healthz", headers={**sent, proxies.PROOF: wrong})
        assert answer.json is not None and "seen" not in answer.json
