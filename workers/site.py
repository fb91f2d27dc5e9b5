"""The site process: it alone writes the public site's folder and the exercises'.

At a hint, or every second: start the website's deliveries, take the picture, write what changed,
say what this node serves, settle what every required node serves.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from console import clock, db, live
from console.config import Settings
from console.logs import get_logger
from console.messages.operations import removing, rounds, website
from console.messages.operations.website import Begun
from console.messages.process_models import LIVE
from console.policy import operations as policy
from console.site import files, folder, keeping, pictures, queries
from console.site import start_page_operations as start_pages
from console.site.queries import Snapshot
from workers.heartbeat import BEAT_SECONDS, beat
from workers.hints import Hints
from workers.look import Look, Looks

log = get_logger("site")
PULL_SECONDS = 1.0
AGAIN_SECONDS = 0.1
"""How soon to pull again while somebody looks at the public address."""
LOOK_SECONDS = 30.0
"""Between two looks at the public start page."""


class SiteProcess:
    """`run()` publishes until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = f"site-{socket.gethostname()}-{os.getpid()}"
        self.looks = Looks()
        self.start_page: Look | None = None
        self.looked = float("-inf")
        self.kept: set[str] = set()
        """Sites whose pages are known to be kept as they are served."""
        self.stuck: dict[str, tuple[str, ...]] = {}
        """Site → what of it stands as it was: the site itself, or events in addresses."""
        self.stopping = threading.Event()
        self.beaten = float("-inf")

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        hints = Hints(self.settings.redis_url or "", live.SITE)
        while not self.stopping.is_set():
            try:
                self.pull()
                self.look()
                self._beat()
            except SQLAlchemyError as error:
                log.warning("pull_failed", error=type(error).__name__)
            except Exception:
                log.error("pull_failed", exc_info=True)
            again = AGAIN_SECONDS if self.looks.under_way else PULL_SECONDS
            hints.wait(again, self.stopping)

    def pull(self) -> None:
        """One look at everything, and again at the sites that have more to start.

        Those that somebody waits for come first; no site's failure holds up the others.
        """
        everything = True
        while self._begin() or everything:
            with db.unit_of_work() as session:
                waiting = website.started(session)
                sites = list(dict.fromkeys(begun.site for begun in waiting))
                if everything:
                    others = [LIVE, *queries.exercises(session, self.settings.node_name)]
                    sites = list(dict.fromkeys([*sites, *others]))
                    self.stuck = {site: self.stuck.get(site, ()) for site in sites}
            if everything:
                self._pictures()
            for site in sites:
                self._tend(site, [begun for begun in waiting if begun.site == site])
            everything = False

    def _pictures(self) -> None:
        """Put out what platforms may fetch now, and take away the rest."""
        try:
            with db.unit_of_work() as session:
                names = pictures.public(session, clock.now())
                wanted = pictures.missing(self.settings.site_folder, names)
                found = {name: pictures.bytes_of(session, name) for name in wanted}
            for name, data in found.items():
                if data is not None:
                    pictures.put(self.settings.site_folder, name, data)
            pictures.clear(self.settings.site_folder, names)
        except OSError:
            log.error("pictures_not_written", exc_info=True)

    def _begin(self) -> bool:
        with db.unit_of_work() as session:
            return website.begin(session, self.name) > 0

    def _tend(self, site: str, waiting: list[Begun]) -> None:
        try:
            self.stuck[site] = self._publish(site)
            if site not in self.stuck[site]:
                for begun in waiting:
                    if begun.slug not in self.stuck[site]:
                        self._settle(begun)
        except Exception:
            # Also of the database: if it is away, the next look at anything says so.
            self.stuck[site] = (site,)
            log.error("site_not_written", site=site, exc_info=True)

    def _publish(self, site: str) -> tuple[str, ...]:
        """Serve what there is to show.

        Returns:
            What stands as it was: events that can't be drawn, or the site itself, if this node
            serves something newer.
        """
        settings, exercise = self.settings, site != LIVE
        where = settings.exercise_folder(site) if exercise else settings.site_folder
        address = settings.site_url(exercise)
        with db.unit_of_work(isolation="REPEATABLE READ") as session:
            taken = queries.snapshot(session, site, clock.now(), address, settings.console_url)
            content = files.content_of(taken, address)
            shown, old = folder.served(where)
            if content != old and not exercise:
                taken = queries.with_head(session, taken)
        written: Mapping[str, bytes] = {}
        if content != old:
            taken, written = files.of(taken, address, where / "current")
            content = files.content_of(taken, address)
        stands = shown <= taken.generation and content == old
        if not stands and not folder.publish(where, written, taken.generation, content):
            log.error("older_than_served", site=site, served=shown, taken=taken.generation)
            return (site,)
        with db.unit_of_work() as session:
            node, now = settings.node_name, clock.now()
            website.serves(session, node, site, taken.generation, now, taken.undrawn)
            if not stands and not exercise:
                start_pages.look_now(session, now)
        with db.unit_of_work() as session:
            required = (settings.node_name,) if exercise else settings.site_nodes
            removing.settle_hidden(session, site, required, clock.now())
        if not stands:
            self.kept.discard(site)
        if site not in self.kept:
            self._keep(site, taken, written or files.of(taken, address, where / "current")[1])
        return taken.undrawn

    def _keep(self, site: str, taken: Snapshot, written: Mapping[str, bytes]) -> None:
        """For those who ask afterwards what stood there. What is out is out, whatever this does."""
        try:
            with db.unit_of_work() as session:
                keeping.keep(session, taken, written, clock.now())
            self.kept.add(site)
        except Exception:
            log.error("pages_not_kept", exc_info=True)

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

    def look(self) -> None:
        """Now and then, does the public address show the start page that this node serves? Live
        use needs it, and `doctor` tells. Nothing here waits."""
        address, look = self.settings.public_url, self.start_page
        if look is not None and not look.is_alive():
            self.start_page = None
            if look.seen:
                with db.unit_of_work() as session:
                    policy.page_seen(session, address, look.mark, clock.now())
        if not self.settings.public_url_is_open or self.start_page is not None:
            return
        page = self.settings.site_folder / "current" / "index.html"
        if clock.elapsed() - self.looked >= LOOK_SECONDS and page.is_file():
            self.looked = clock.elapsed()
            self.start_page = Look(f"{address}/", files.mark_of(page.read_bytes()))
            self.start_page.start()

    def _beat(self) -> None:
        if clock.elapsed() - self.beaten >= BEAT_SECONDS:
            with db.unit_of_work() as session:
                stuck = " ".join(name for names in self.stuck.values() for name in names)
                beat(session, self.name, "site", clock.now(), stuck)
            self.beaten = clock.elapsed()


def run(settings: Settings) -> None:
    """Publish until told to stop."""
    SiteProcess(settings).run()
