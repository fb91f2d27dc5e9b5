"""The console's process dies under an open board: the board says so, and comes back by itself."""

from __future__ import annotations

import os
import re
import signal
from functools import partial

from playwright.sync_api import WebSocketRoute, expect

from tests.cli.program import processes_of
from tests.journeys.conftest import Installation, Visit
from tests.journeys.steps import broadcast, open_exercise
from tests.journeys.visitor import PATIENCE, Visitor


def test_a_board_that_lost_contact_says_since_when_and_recovers_by_itself(
    installation: Installation, visit: Visit
) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    broadcast(lisa, karin, "Tappad kontakt", every=10, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    lisa.page.evaluate("window.notReloaded = true")
    lost = lisa.page.get_by_text(
        re.compile(r"Ingen kontakt sedan \d\d\.\d\d\.\d\d\. Tavlan visar läget då\.")
    )
    # Killed before, in the middle of or after an answer: the browser has a fault for each.
    told = "net::ERR_|WebSocket|status of 50|htmx:(afterRequest|sendError)"
    karin.page.close()  # her page would complain too, whenever it comes to try again
    with lisa.expecting(told):
        for pid, line in processes_of(installation.home).items():
            if "gunicorn" in line:
                os.kill(pid, signal.SIGKILL)
        expect(lost).to_be_visible()
        before = newest(lisa)
        expect(lost).to_be_hidden(timeout=2 * PATIENCE)  # a console starts, on a busy machine
        # A round that fell due while the console was gone may be missed, and is then never shown.
        lisa.page.wait_for_function(
            "seen => Math.max(...[...document.querySelector('.board-log').innerText"
            ".matchAll(/Uppdatering (\\d+) går ut/g)].map(m => Number(m[1]))) > seen",
            arg=before,
        )
    assert lisa.page.evaluate("window.notReloaded")
    lisa.button("Stoppa allt").click()
    lisa.check()


def test_what_changes_while_a_board_is_being_joined_is_shown_at_once(visit: Visit) -> None:
    """Fetched before the server had joined it, the board missed what was pushed in between, and
    stood as it was for half a minute."""
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = open_exercise(lisa, "Långsamt nät")
    karin.go(f"/incidents/{slug}/")
    on_their_way = []

    def hold(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if '"watch"' in str(message):
                on_their_way.append(partial(server.send, message))
            else:
                server.send(message)

        route.on_message(pass_on)

    lisa.page.route_web_socket(re.compile("/socket.io/"), hold)
    with lisa.page.expect_websocket():
        lisa.page.reload()
    while not on_their_way:
        lisa.page.wait_for_timeout(20)
    lisa.page.wait_for_load_state("networkidle")
    karin.field("Vad hände?").fill("Sjukhuset har ringt.")
    karin.button("Anteckna").click()
    karin.sees("Sjukhuset har ringt.")
    expect(lisa.page.get_by_text("Sjukhuset har ringt.")).to_have_count(0)
    for send in on_their_way:
        send()
    expect(lisa.page.get_by_text("Sjukhuset har ringt.")).to_be_visible(timeout=10_000)
    lisa.check()


def newest(visitor: Visitor) -> int:
    """The number of the newest round in the board's log."""
    numbers = re.findall(
        r"Uppdatering (\d+) går ut", visitor.page.locator(".board-log").inner_text()
    )
    return max(int(number) for number in numbers)
