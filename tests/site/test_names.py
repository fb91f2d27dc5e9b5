"""What the site writes of its own, and what an event is called in addresses, never meet."""

from __future__ import annotations

from pathlib import Path

from console.incidents import rules
from console.messages.process_models import LIVE
from console.site import files
from console.site.folder import MARK
from console.site.queries import LANGUAGES, Snapshot
from console.site.serving import PICTURES
from tests.site.test_render import site


def test_no_live_event_gets_a_name_that_the_site_has_for_something_else(tmp_path: Path) -> None:
    views = {lang: site(lang) for lang in LANGUAGES}
    written = files.of(Snapshot(1, views, (), ()), "https://x.example", tmp_path)[1]
    accounts = {str(row.number) for row in views["sv"].register}
    fixed = {part.partition(".")[0] for path in written for part in Path(path).parts} - accounts
    assert {"atom", "en", "konton", "cap", "index"} <= fixed
    for name in fixed | {LIVE, PICTURES, Path(MARK).stem, "ovning", "h", "static", "new"}:
        assert rules.slug_for(name, False, ()) == f"handelse-{name}"
