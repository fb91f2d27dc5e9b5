"""GET /healthz: what is alive. Public and without detail that helps anybody but the operator."""

from __future__ import annotations

from typing import Any

import redis
from flask import Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from console import clock, live
from console.db import unit_of_work
from console.messages import queries
from console.messages.process_models import FRESH, Heartbeat
from console.timeline.compare import waiting_for_proof
from console.web import guard, proxies

KINDS = {"ticker": "ticker", "workers": "worker", "site": "site"}
"""Name in the answer → kind of heartbeat."""
UNPROVED_SECONDS = 60.0
"""How long an entry may wait to be signed and stored in the second place."""


@guard.public("supervisors and load balancers ask it")
def healthz() -> ResponseReturnValue:
    """200 when everything is alive, else 503; `missing` names what isn't. The site's `stuck` counts
    what is shown as it was because it can't be written: `doctor` names it.

    `proof` is false while the timeline isn't proved in its second place. That is 200 all the same:
    a console that warns the public is not to be taken away because of it.
    """
    proved = False
    parts: dict[str, Any] = {"web": {"ok": True}}
    try:
        with unit_of_work() as session:
            session.execute(text("SELECT 1"))
            parts["database"] = {"ok": True}
            parts.update(_heartbeats(session))
            waits = waiting_for_proof(session)
            proved = waits is None or (clock.now() - waits).total_seconds() < UNPROVED_SECONDS
    except SQLAlchemyError:
        parts["database"] = {"ok": False}
        parts.update({name: {"ok": False, "age_seconds": None} for name in KINDS})
    parts["redis"] = {"ok": _redis_answers()}
    missing = [name for name, part in parts.items() if not part["ok"]]
    answer = {"ok": not missing, "missing": missing, **parts, "proof": {"ok": proved}}
    if (seen := proxies.seen(current_app.config["SETTINGS"])) is not None:
        answer["seen"] = seen
    return jsonify(answer), 503 if missing else 200


def _heartbeats(session: Session) -> dict[str, Any]:
    query = select(Heartbeat.kind, func.max(Heartbeat.at).label("at")).group_by(Heartbeat.kind)
    newest = {row.kind: row.at for row in session.execute(query)}
    now, found = clock.now(), {}
    for name, kind in KINDS.items():
        at = newest.get(kind)
        age = None if at is None else max(0.0, (now - at).total_seconds())
        found[name] = {
            "ok": age is not None and age < FRESH.total_seconds(),
            "age_seconds": None if age is None else round(age, 1),
        }
    found["site"]["stuck"] = len(queries.stuck_sites(session, now))
    return found


def _redis_answers() -> bool:
    connection = live.connection()
    try:
        return connection is not None and bool(connection.ping())
    except redis.RedisError:
        return False


def install(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
