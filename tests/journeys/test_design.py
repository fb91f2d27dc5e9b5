"""The parts page, pictured: what every other page is put together from."""

from __future__ import annotations

from tests.journeys.conftest import Visit
from tests.journeys.visitor import PICTURES

MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}


def test_the_parts_page_holds_in_light_dark_and_forced_colours(visit: Visit) -> None:
    lisa = visit("Lisa")
    lisa.go("/design")
    lisa.check()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, media in MODES.items():
        lisa.page.emulate_media(**media)  # type: ignore[arg-type]
        path = PICTURES / f"design-{name}.png"
        lisa.page.screenshot(path=path, full_page=True, caret="initial")
        assert path.stat().st_size > 10_000
