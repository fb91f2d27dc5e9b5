"""The site process: it alone writes the public site's folder and the exercises'.

At a hint, or every second: start the website's deliveries, take the picture, write what changed,
say what this node serves, settle what every required node serves.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import urllib.request

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from console import clock, db, live
from console.config import Settings
from console.incidents.models import Incident
from console.logs import get_logger
from console.messages.operations import rounds, website
from console.site import files, folder, queries
from workers.heartbeat import BEAT_SECONDS, beat
from workers.hints import Hints

log = get_logger("site")
PULL_SECONDS = 1.0
LOOK_SECONDS = 2.0


class SiteProcess:
    """`run()` publishes until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = f"site-{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.beaten = float("-inf")

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        hints = Hints(self.settings.redis_url or "", live.SITE)
        while not self.stopping.is_set():
            try:
                self._beat()
                self.pull()
            except SQLAlchemyError as error:
                log.warning("pull_failed", error=type(error).__name__)
            except Exception:
                log.error("pull_failed", exc_info=True)
            hints.wait(PULL_SECONDS)

    def pull(self) -> None:
        """One look at everything; one site's failure doesn't hold up the others."""
        with db.unit_of_work() as session:
            website.begin(session, self.name)
        with db.unit_of_work() as session:
            exercises = session.scalars(
                select(Incident.slug).where(Incident.exercise, Incident.state == "open")
            ).all()
        for site in (queries.LIVE, *exercises):
            try:
                self._publish(site)
            except OSError as error:
                log.error("site_not_written", site=site, error=str(error))
        self._settle()

    def _publish(self, site: str) -> None:
        live_site = site == queries.LIVE
        settings = self.settings
        where = settings.site_folder if live_site else settings.exercise_folder(site)
        with db.unit_of_work(isolation="REPEATABLE READ") as session:
            taken = queries.snapshot(session, site, clock.now(), settings.site_url(not live_site))
            content = taken.content
            shown, old = folder.served(where)
            changed = content != old
            if changed and live_site:
                taken = queries.with_head(session, taken)
        if taken.generation < shown:
            return
        if changed:
            address = settings.site_url(exercise=not live_site)
            folder.publish(where, files.of(taken, content, address), taken.generation)
        with db.unit_of_work() as session:
            website.serves(session, settings.node_name, site, taken.generation, clock.now())

    def _settle(self) -> None:
        with db.unit_of_work() as session:
            started = website.started(session)
        for begun in started:
            if not begun.exercise and not self._public_shows(begun):
                continue
            with db.unit_of_work() as session:
                now = clock.now()
                required = (
                    (self.settings.node_name,) if begun.exercise else self.settings.site_nodes
                )
                if website.settle(session, begun, required, now, self.name):
                    rounds.release_followers(session, now)

    def _public_shows(self, begun: website.Begun) -> bool:
        """In live use the public address itself must answer with what this node serves."""
        address = self.settings.public_url
        if not address.startswith("https://"):
            return True
        _generation, content = folder.served(self.settings.site_folder)
        try:
            with urllib.request.urlopen(f"{address}/{files.MARK}", timeout=LOOK_SECONDS) as got:
                return bool(json.loads(got.read(4096))["content"] == content)
        except (OSError, ValueError, KeyError) as error:
            log.warning("public_address_not_seen", delivery=begun.delivery_id, error=str(error))
            return False

    def _beat(self) -> None:
        if clock.elapsed() - self.beaten >= BEAT_SECONDS:
            with db.unit_of_work() as session:
                beat(session, self.name, "site", clock.now())
            self.beaten = clock.elapsed()


def run(settings: Settings) -> None:
    """Publish until told to stop."""
    SiteProcess(settings).run()
