"""An ordinary post is corrected where it stands, by real workers, and stays one post (4-k)."""

import signal
from dataclasses import replace
from datetime import timedelta

from console import clock, db, sealing
from console.accounts.models import Account
from console.posts.operations import correcting
from simulators.mastodon import TOKEN, Mastodon
from tests.faults.rig import rig
from tests.posts.desk import TEXT, Desk

RIGHT = "Sagostund i biblioteket på söndag kl 11."


def test_a_worker_killed_in_mid_correction_leaves_one_post_that_says_both(database, move_clock):
    with Mastodon() as server:
        opened = replace(database, allow_hosts=(f"127.0.0.1:{server.port}",))
        with rig(opened) as house:
            desk = Desk(opened)
            with db.unit_of_work() as session:
                account = session.get_one(Account, desk.library)
                account.platform = account.kind = "mastodon"
                account.settings = {
                    "server": server.url, "account": "torsby", "software": "mastodon",
                }  # fmt: skip
                account.secret = sealing.seal({"token": TOKEN})
            first = desk.release(desk.library)
            house.until(house.settled(1))
            with db.unit_of_work() as session:
                said = {"wrong": TEXT.split("11.")[0] + "11.", "right": RIGHT, "thanks": "Tack!"}
                correction = correcting.write(session, desk.stina, first, said, clock.now()).id
            server.delay = lambda: 8.0
            desk.press(correction)
            house.until(lambda: any(method == "PUT" for method, _path in server.requests))
            for name in house.workers():
                house.kill(name, signal.SIGKILL)
            server.delay = lambda: 0.0
            move_clock(timedelta(seconds=31))
            house.until(house.settled(2))
            assert desk.rows(correction)[desk.library] == ("sent", "")
            (shown,) = server.shown
            assert "Fel: Sagostund i biblioteket på lördag kl 11" in shown.text
            assert f": {RIGHT} Tack!" in shown.text
            assert TEXT.split("11. ")[1] in shown.text
