"""Writing in the browser: what is typed on the write page, and a draft to type it in."""

from __future__ import annotations

from flask.testing import FlaskClient

FORM = {
    "text": "Vi har hittat tecken på bakterier.",
    "instruction": "Koka ditt kranvatten.",
    "began": "I natt",
    "cause": "Vet inte",
    "unknown": "Varför",
    "doing": "Tar prover",
    "area": "Torsby",
    "fact_owner": "Anders Nyman",
    "every_number": "30",
    "every_unit": "minutes",
    "rounds": "4",
    "promise_clock": "23.59",
}


def begin(client: FlaskClient, base: str, kind: str = "first") -> int:
    """A new draft of that kind; its number."""
    answer = client.post(f"{base}/messages", data={"kind": kind})
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])
