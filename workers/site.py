"""The site process: it alone writes the public site's folder and the exercises'.

At a hint, or every second: start the website's deliveries, take the picture, write what changed,
say what this node serves, settle what every required node serves.
"""

from __future__ import annotations

import os
import signal
import socket
import threading

from sqlalchemy.exc import SQLAlchemyError

from console import clock, db, live
from console.config import Settings
from console.logs import get_logger
from console.messages.operations import rounds, website
from console.messages.operations.website import Begun
from console.site import files, folder, queries
from workers.heartbeat import BEAT_SECONDS, beat
from workers.hints import Hints
from workers.look import Looks

log = get_logger("site")
PULL_SECONDS = 1.0
AGAIN_SECONDS = 0.1
"""How soon to pull again while somebody looks at the public address."""


class SiteProcess:
    """`run()` publishes until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = f"site-{socket.gethostname()}-{os.getpid()}"
        self.looks = Looks()
        self.stopping = threading.Event()
        self.beaten = float("-inf")

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        hints = Hints(self.settings.redis_url or "", live.SITE)
        while not self.stopping.is_set():
            try:
                self.pull()
                self._beat()
            except SQLAlchemyError as error:
                log.warning("pull_failed", error=type(error).__name__)
            except Exception:
                log.error("pull_failed", exc_info=True)
            again = AGAIN_SECONDS if self.looks.under_way else PULL_SECONDS
            hints.wait(again, self.stopping)

    def pull(self) -> None:
        """One look at everything, and again at the sites that have more to start.

        Those that somebody waits for come first; one site's failure doesn't hold up the others.
        """
        everything = True
        while self._begin() or everything:
            with db.unit_of_work() as session:
                waiting = website.started(session)
                sites = list(dict.fromkeys(begun.site for begun in waiting))
                if everything:
                    others = [queries.LIVE, *queries.exercises(session, self.settings.node_name)]
                    sites = list(dict.fromkeys([*sites, *others]))
            for site in sites:
                self._tend(site, [begun for begun in waiting if begun.site == site])
            everything = False

    def _begin(self) -> bool:
        with db.unit_of_work() as session:
            return website.begin(session, self.name) > 0

    def _tend(self, site: str, waiting: list[Begun]) -> None:
        try:
            if self._publish(site):
                for begun in waiting:
                    self._settle(begun)
        except SQLAlchemyError:
            raise  # the database is away: for every site
        except Exception:
            log.error("site_not_written", site=site, exc_info=True)

    def _publish(self, site: str) -> bool:
        """Serve what there is to show; False if this node serves something newer."""
        settings, exercise = self.settings, site != queries.LIVE
        where = settings.exercise_folder(site) if exercise else settings.site_folder
        address = settings.site_url(exercise)
        with db.unit_of_work(isolation="REPEATABLE READ") as session:
            taken = queries.snapshot(session, site, clock.now(), address)
            content = files.content_of(taken, address)
            shown, old = folder.served(where)
            if content != old and not exercise:
                taken = queries.with_head(session, taken)
        stands = shown <= taken.generation and content == old
        if not stands and not folder.publish(
            where, files.of(taken, address), taken.generation, content
        ):
            log.error("older_than_served", site=site, served=shown, taken=taken.generation)
            return False
        with db.unit_of_work() as session:
            website.serves(session, settings.node_name, site, taken.generation, clock.now())
        return True

    def _settle(self, begun: Begun) -> None:
        if not begun.exercise and not self._public_shows(begun.slug):
            return
        settings = self.settings
        required = (settings.node_name,) if begun.exercise else settings.site_nodes
        with db.unit_of_work() as session:
            now = clock.now()
            if website.settle(session, begun, required, now, self.name):
                rounds.release_followers(session, now)

    def _public_shows(self, slug: str) -> bool:
        """In live use the public address itself must answer with the page this node serves."""
        address = self.settings.public_url
        if not address.startswith("https://"):
            return True
        path = f"h/{slug}/"
        page = (self.settings.site_folder / "current" / path / "index.html").read_bytes()
        return self.looks.sees(f"{address}/{path}", files.mark_of(page))

    def _beat(self) -> None:
        if clock.elapsed() - self.beaten >= BEAT_SECONDS:
            with db.unit_of_work() as session:
                beat(session, self.name, "site", clock.now())
            self.beaten = clock.elapsed()


def run(settings: Settings) -> None:
    """Publish until told to stop."""
    SiteProcess(settings).run()
