"""What a person is asked to do by hand in an exercise stays in the exercise: no page says to put a
text on the real account, to change or delete a post there, or leads there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Delivery, Message
from console.messages.operations import removing, settling
from console.people.models import Person
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
REAL = "https://social.example/@torsby"
PUT_OUT, TAKE_DOWN = "Publicera texten på kontot.", "Ta bort inlägget på kontot."
PRACTISE = "Det är en övning: rör inte det riktiga kontot."


def _by_hand(exercise: bool, settings: Settings) -> tuple[Stage, int]:
    """A rumour's post that waits for a person; its number."""
    stage = Stage(settings, accounts=1, kind="by_hand", exercise=exercise)
    with db.unit_of_work() as session:
        session.execute(update(Account).values(address=REAL))
    stage.release("rumour")
    stage.tick()
    with db.unit_of_work() as session:
        query = select(Delivery.id).where(Delivery.kind == "by_hand")
        return stage, session.scalars(query).one()


@pytest.mark.parametrize("exercise", [True, False])
def test_a_text_by_hand_leads_to_the_real_account_in_live_events_only(
    app: object, database: Settings, client_for: ClientFor, exercise: bool
) -> None:
    stage, number = _by_hand(exercise, database)
    page = client_for(stage.olle).get(f"/incidents/{stage.incident.slug}/tasks/{number}").text
    assert (PRACTISE in page) is exercise
    assert (PUT_OUT in page) is not exercise
    assert ("Klistra in den på kontot" in page) is not exercise
    assert (f'href="{REAL}"' in page) is not exercise


@pytest.mark.parametrize("exercise", [True, False])
def test_a_post_to_delete_by_hand_leads_to_the_real_account_in_live_events_only(
    app: object, database: Settings, client_for: ClientFor, exercise: bool
) -> None:
    stage, number = _by_hand(exercise, database)
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, stage.olle, number, "", clock.now())
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        message = session.scalars(select(Message.id).order_by(Message.id)).first()
        assert message is not None
        why = "Ett namn stod med"
        removal = removing.ask(
            session, stage.lisa, incident, message, [number], "personal_data", why, clock.now()
        )
    with db.unit_of_work() as session:
        removing.decide(session, stage.karin, removal.id, True, clock.now(), mail=False)
        [post] = removing.posts_of(session, removal.id)
    url = f"/incidents/{stage.incident.slug}/removals/posts/{post.id}"
    page = client_for(stage.olle).get(url).text
    assert "Klart, det är borta" in page
    assert (PRACTISE in page) is exercise
    assert (TAKE_DOWN in page) is not exercise
    assert (f'href="{REAL}"' in page) is not exercise


def test_an_unconfirmed_post_is_looked_for_on_the_exercises_wall(
    app: object, database: Settings, client_for: ClientFor
) -> None:
    stage, number = _by_hand(True, database)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="unknown"))
        account = session.get_one(Delivery, number).account_id
    slug = stage.incident.slug
    page = client_for(stage.lisa).get(f"/incidents/{slug}/tasks/{number}").text
    assert f'href="/ovning/{slug}/vagg/{account}"' in page
    assert f'href="{REAL}"' not in page
