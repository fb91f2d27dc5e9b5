"""The four written scenarios, each played in the browser by three people: Lisa of the unit writes,
Karin approves on her phone, Peter's account is locked and he publishes by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.cli.rehearsal import scenario
from console.cli.rehearsal.scenario import Line
from console.messages.rules import REPEATING, MessageType
from tests.journeys.conftest import Visit
from tests.journeys.steps import approve, open_exercise, read_waiting, send
from tests.journeys.visitor import PHONE, ROOT, Visitor, draw

FILE = ROOT / "console" / "example" / "scenarios.json"
KIND = {
    MessageType.FIRST: "Första",
    MessageType.INSTRUCTION: "Uppmaning",
    MessageType.UPDATE: "Uppdatering",
    MessageType.NO_NEWS: "Inget nytt",
    MessageType.ALL_CLEAR: "Läget över",
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [1, 2, 3, 4], ids=["water", "fire", "storm", "threat"])
def test_a_scenario_is_played_by_three_people(number: int, visit: Visit) -> None:
    """Must show 5: every message of it through the console's own pages, rounds out meanwhile."""
    Play(number, visit("Lisa"), visit("Karin", PHONE), visit("Peter", PHONE)).run()


class Play:
    def __init__(self, number: int, unit: Visitor, approver: Visitor, locked: Visitor) -> None:
        self.scene = scenario.read(FILE, number)
        self.unit, self.approver, self.locked = unit, approver, locked
        self.name = f"{self.scene.name} {number}"
        self.pictures = f"scenario{number}"
        self.position = 0

    def run(self) -> None:
        unit, lines = self.unit, self.scene.lines
        self.slug = open_exercise(unit, self.name, self.scene.area, f"Övning: {self.scene.name}")
        with unit.another_tab(f"/ovning/{self.slug}/vagg"):
            self.wall = unit.page
        self.read_the_lock()
        for self.position, line in enumerate(lines):
            if line.type is MessageType.CORRECTION:
                self.correct(line)
            elif line.type is MessageType.RUMOUR:
                self.rumour(line)
            else:
                self.say(line)
            if line.type is MessageType.FIRST:
                self.publish_by_hand(line)
        self.close()

    def say(self, line: Line) -> None:
        unit = self.unit
        self.to_board()
        unit.link("Skriv meddelande").click()
        unit.choice(KIND[line.type]).check()
        unit.button("Skriv").click()
        self.fill(line)
        if line.type in REPEATING:
            self.repeat(10 if line.type is MessageType.FIRST else 30)
        if line.type in (MessageType.FIRST, MessageType.INSTRUCTION):
            self.shot(unit, f"{self.position}-write")
        send(unit)
        read_waiting(self.approver, self.name)
        if line.type in (MessageType.FIRST, MessageType.UPDATE):
            self.shot(self.approver, f"{self.position}-approve", whole=True)
        self.approver.button("Godkänn").click()
        self.approver.sees("Godkänd. Texten går ut nu.")
        self.on_the_wall(str(line.fields.get("instruction") or line.fields["text"]))
        if line.type is MessageType.FIRST:
            # It is said again by itself: the second round comes while nobody does anything.
            expect(self.wall.get_by_text("uppdatering 2").first).to_be_visible()

    def rumour(self, line: Line) -> None:
        unit = self.unit
        unit.go(f"/incidents/{self.slug}/rumours")
        unit.field("Vad sägs?").fill("Motsatsen till det som är sant.")
        unit.field("Var sägs det?").fill(line.fields["seen_where"])
        unit.button("Logga rykte").click()
        unit.link("”Motsatsen till det som är sant.”").first.click()
        unit.field("Vad är sant?").fill(line.fields["text"])
        unit.field("Hur vet vi det?").fill(line.fields["source"])
        unit.choice("Stämmer inte").check()
        unit.button("Skriv svaret").click()
        self.fill(line)
        send(unit)
        approve(self.approver, self.name)
        self.on_the_wall(str(line.fields["text"]))

    def correct(self, line: Line) -> None:
        assert line.replacement is not None
        unit, wrong = self.unit, str(line.fields["wrong"])
        self.to_board()
        unit.link("Rätta fel ute").click()
        unit.button(wrong).first.click()
        unit.sees("Stoppat, och struket på webbplatsen.")
        correction = unit.page.url.split("?")[0]
        self.fill(line)
        self.shot(unit, f"{self.position}-correct")
        unit.button("Skriv texten som ersätter").click()
        unit.page.locator("#text").fill(line.replacement["text"])
        self.repeat(30)
        send(unit)
        unit.go(correction)
        self.fill(line)
        send(unit)
        read_waiting(self.approver, self.name)
        self.shot(self.approver, f"{self.position}-approve-both", whole=True)
        self.approver.button("Godkänn båda").click()
        self.approver.sees("Godkänd. Texten går ut nu.")
        self.on_the_wall(first_sentence(str(line.fields["right"])))
        again = self.wall.locator("li").filter(has_text=str(line.fields.get("instruction") or ""))
        again = again.filter(has_text=first_sentence(line.replacement["text"]))
        expect(again.filter(has_not=self.wall.locator("del")).first).to_be_visible()
        self.shot_page(self.wall, f"{self.position}-wall-corrected")
        unit.go(f"/ovning/{self.slug}/h/{self.slug}/")
        expect(unit.page.locator("del").first).to_contain_text(wrong)
        self.shot(unit, f"{self.position}-site-corrected", whole=True)
        self.to_board()
        expect(unit.page.get_by_text("Godkänd text gick inte ut")).to_have_count(0)
        self.shot(unit, f"{self.position}-board")

    def fill(self, line: Line) -> None:
        """Every field that the scenario gives, the folded ones too; what stands is answered for."""
        page = self.unit.page
        for name, value in line.fields.items():
            if name == "may_cut":
                page.locator("#may_cut").first.check()
            elif name != "wrong":
                for folded in page.locator(f"details:not([open]):has(#{name})").all():
                    folded.locator("summary").click()
                page.locator(f"#{name}").fill(str(value))
        ended = {str(self.scene.lines[one].fields["instruction"]) for one in line.ends}
        for group in page.locator(".write-standing").all():
            said = group.locator("legend").inner_text()
            over = line.type is MessageType.ALL_CLEAR or any(
                said in one or one in said for one in ended
            )
            group.get_by_label("Upphör" if over else "Står kvar").check()

    def repeat(self, every: int) -> None:
        """
        Args:
            every: seconds; few where the next round is waited for, yet not so few that a slow
                machine does nothing else.
        """
        unit = self.unit
        unit.field("Hur ofta upprepas det?").fill(str(every))
        unit.field("Räknat i").select_option(label="sekunder")
        unit.field("Antal omgångar").fill("100")

    def read_the_lock(self) -> None:
        self.locked.go("/")
        row = self.locked.page.get_by_role("listitem").filter(has_text=self.name)
        self.locked.link("Läs om låset", within=row).click()
        self.locked.sees(f"Övning: {self.scene.name}")
        self.shot(self.locked, "lock", whole=True)
        self.locked.choice("Nej").check()
        self.locked.button("Jag har läst").click()
        self.locked.sees("Läst")

    def publish_by_hand(self, line: Line) -> None:
        peter = self.locked
        peter.go("/")
        row = peter.page.get_by_role("listitem").filter(has_text=self.name)
        peter.link("Publicera för hand", within=row).first.click()
        expect(peter.field("Texten")).to_have_value(
            re.compile(re.escape(line.fields["instruction"]))
        )
        self.shot(peter, "by-hand", whole=True)
        peter.field("Länk till inlägget").fill("https://youtube.example/watch?v=1")
        peter.button("Klar, den är ute").click()
        peter.sees("Klar")
        self.unit.go(f"/incidents/{self.slug}/messages")
        self.unit.page.get_by_role("link", name=re.compile("^Första")).click()
        self.unit.sees("Klar för hand")

    def close(self) -> None:
        unit = self.unit
        unit.go(f"/ovning/{self.slug}/h/{self.slug}/")
        self.shot(unit, "site-over", whole=True)
        unit.go(f"/incidents/{self.slug}/close")
        unit.sees("Läget över har gått ut.")
        self.shot(unit, "close")
        while unit.page.get_by_text("på väg ut. Vänta tills de är framme.").count():
            unit.page.reload()
        expect(unit.page.get_by_text("Inget inlägg är på väg ut.")).to_be_visible()
        unit.button("Avsluta händelsen").click()
        unit.sees("är avslutad. Kontona är upplåsta.")
        self.to_board()
        self.shot(unit, "board-closed", whole=True)
        self.shot_page(self.wall, "wall-over")

    def to_board(self) -> None:
        self.unit.go(f"/incidents/{self.slug}/")

    def on_the_wall(self, words: str) -> None:
        expect(self.wall.get_by_text(first_sentence(words)).first).to_be_visible()

    def shot(self, visitor: Visitor, name: str, *, whole: bool = False) -> None:
        self.shot_page(visitor.page, name, whole=whole)

    def shot_page(self, page: Page, name: str, *, whole: bool = False) -> None:
        draw(page, f"{self.pictures}-{name}", whole=whole)


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text)[0]
