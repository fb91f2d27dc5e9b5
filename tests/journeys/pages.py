"""Every page of the console, and an installation with something of everything to show on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.archive.acts import picture
from tests.journeys.exercising import RUMOUR, WORD, add_injects, write_exercise_plan
from tests.journeys.planning import answer_checklist, propose, write_plan
from tests.journeys.registering import mail_list, show_register
from tests.journeys.steps import broadcast, open_exercise, send
from tests.journeys.visitor import Visitor

PAGES: tuple[tuple[str, str], ...] = (
    ("", "/login"),
    ("", "/link/{token}"),
    ("Lisa", "/"),
    ("Karin", "/"),
    ("Peter", "/"),
    ("Maria", "/"),
    ("Maria", "/municipality"),
    ("Lisa", "/municipality?deviation=any&order=name"),
    ("Lisa", "/me"),
    ("Lisa", "/me/addresses"),
    ("Lisa", "/me/second-factor"),
    ("Lisa", "/me/first-minute"),
    ("Peter", "/me/first-minute"),
    ("Karin", "/duty"),
    ("Peter", "/duty"),
    ("Lisa", "/cards"),
    ("Lisa", "/cards/unit"),
    ("Lisa", "/cards/approver"),
    ("Peter", "/cards/administrator"),
    ("Erik", "/cards/operations"),
    ("Lisa", "/design"),
    ("Erik", "/people"),
    ("Erik", "/people/invite"),
    ("Erik", "/people/{invited}"),
    ("Erik", "/people/{erik}"),
    ("Erik", "/live-use"),
    ("Erik", "/platform-apps"),
    ("Maria", "/policy"),
    ("Lisa", "/policy"),
    ("Maria", "/policy/sections/roles"),
    ("Maria", "/policy/sections/chain"),
    ("Maria", "/policy/sections/accounts"),
    ("Maria", "/policy/sections/first_hour"),
    ("Maria", "/policy/openings"),
    ("Lisa", "/policy/openings"),
    ("Maria", "/policy/openings/first_water"),
    ("Maria", "/policy/openings/new-update"),
    ("Maria", "/policy/ready"),
    ("Maria", "/policy/ready/varberg"),
    ("Lisa", "/policy/versions"),
    ("Lisa", "/policy/versions/{rules}"),
    ("Maria", "/accounts"),
    ("Lisa", "/accounts?words=biblioteket"),
    ("Maria", "/accounts?order=name&deviating=y"),
    ("Erik", "/people?words=ek&state=active"),
    ("Maria", "/accounts/import"),
    ("Maria", "/accounts/import/{register_file}"),
    ("Maria", "/accounts/{account}/badge"),
    ("Maria", "/accounts/{account}"),
    ("Lisa", "/accounts/{account}"),
    ("Maria", "/accounts/{account}/settings"),
    ("Maria", "/accounts/{website}/settings"),
    ("Maria", "/accounts/{website}/start-page"),
    ("Lisa", "/accounts/{website}/start-page"),
    ("Peter", "/accounts/propose"),
    ("Maria", "/accounts/{account}/plan"),
    ("Peter", "/accounts/{account}/end"),
    ("Maria", "/accounts/{ended}/end/report"),
    ("Peter", "/accounts/{planned}/plan"),
    ("Maria", "/accounts/{planned}/plan"),
    ("Peter", "/accounts/{planned}/plan/checklist"),
    ("Peter", "/accounts/{planned}/plan/edit"),
    ("Maria", "/accounts/{planned}/plan/sign"),
    ("Maria", "/accounts/{planned}/plan/print"),
    ("Maria", "/accounts/{account}/custody"),
    ("Lisa", "/accounts/{account}/custody"),
    ("Maria", "/accounts/{page}/custody"),
    ("Maria", "/accounts/{account}/custody/seal"),
    ("Maria", "/platforms"),
    ("Lisa", "/platforms"),
    ("Maria", "/platforms/bluesky"),
    ("Lisa", "/platforms/instagram"),
    ("Peter", "/yearly"),
    ("Erik", "/accounts/{account}"),
    ("Lisa", "/inbox?show=all"),
    ("Peter", "/inbox"),
    ("Lisa", "/inbox/{item}"),
    ("Peter", "/inbox/{item}"),
    ("Peter", "/inbox/new"),
    ("Peter", "/questions"),
    ("Lisa", "/questions?show=answered"),
    ("Peter", "/moderations"),
    ("Ingrid", "/moderations?show=all"),
    ("Peter", "/moderations/{captured}"),
    ("Ingrid", "/moderations/{registry}"),
    ("Peter", "/moderations/{registry}"),
    ("Lisa", "/moderations/{gone}"),
    ("Lisa", "/feeds"),
    ("Peter", "/feeds"),
    ("Peter", "/checks"),
    ("Maria", "/checks?show=all"),
    ("Peter", "/accounts/{account}/checks"),
    ("Maria", "/accounts/{account}/checks"),
    ("Maria", "/reports"),
    ("Peter", "/reports"),
    ("Peter", "/reports/{yearly}"),
    ("Maria", "/reports/{yearly}"),
    ("Maria", "/reports/{yearly_sent}"),
    ("Lisa", "/reports/{yearly_sent}"),
    ("Peter", "/accounts/{account}/profile"),
    ("Peter", "/accounts/{account}/profile/phone"),
    ("Peter", "/accounts/{account}/dialogue"),
    ("Peter", "/accounts/{account}/consents"),
    ("Peter", "/consents/{consent}"),
    ("Peter", "/accounts/{account}/security"),
    ("Peter", "/security/{report}"),
    ("Maria", "/accounts/{list}/recipients"),
    ("", "/utskick"),
    ("", "/utskick?lang=en"),
    ("", "/a/nothing"),
    ("Lisa", "/custody/{opening}"),
    ("Maria", "/custody/{opening}"),
    ("Maria", "/account-notices/{account_notice}"),
    ("Peter", "/readiness"),
    ("Maria", "/readiness"),
    ("Peter", "/coverage?show=mine"),
    ("Maria", "/coverage"),
    ("Peter", "/absences"),
    ("Maria", "/absences"),
    ("Maria", "/absences/new"),
    ("Peter", "/absences/import"),
    ("Peter", "/absences/{absence}"),
    ("Peter", "/guideline"),
    ("Maria", "/guideline"),
    ("Maria", "/guideline/versions/new"),
    ("Lisa", "/guideline/versions/2"),
    ("Maria", "/guideline/review"),
    ("Peter", "/guideline/review"),
    ("Maria", "/guideline/directives"),
    ("Maria", "/guideline/directives/1"),
    ("Maria", "/guideline/people"),
    ("Maria", "/guideline/people?lacks=any&order=title"),
    ("Maria", "/guideline/people/{erik}"),
    ("Peter", "/posts"),
    ("Lisa", "/posts?show=held&words=konsert"),
    ("Peter", "/posts/new"),
    ("Peter", "/posts/{post}"),
    ("Peter", "/posts/{post}/edit"),
    ("Peter", "/posts/{post}/release"),
    ("Lisa", "/incidents/{open}/suggestions"),
    ("Peter", "/notices"),
    ("Peter", "/notices/{notice}"),
    ("Peter", "/notices/{told}"),
    ("Lisa", "/incidents/new"),
    ("Lisa", "/incidents/{open}/"),
    ("Karin", "/incidents/{open}/"),
    ("Peter", "/incidents/{open}/"),
    ("Lisa", "/incidents/{open}/accounts"),
    ("Peter", "/incidents/{open}/accounts"),
    ("Lisa", "/incidents/{open}/accounts/{account}"),
    ("Lisa", "/incidents/{open}/notices"),
    ("Karin", "/incidents/{open}/log"),
    ("Lisa", "/incidents/{open}/log?words=skickad&about=accounts"),
    ("Lisa", "/timeline/"),
    ("Karin", "/timeline/"),
    ("Lisa", "/verify"),
    ("Lisa", "/timeline/{open}/"),
    ("Karin", "/timeline/{closed}/"),
    ("Lisa", "/timeline/{open}/axis"),
    ("Karin", "/timeline/{closed}/axis?about=event&start=2001-01-01T00:00&end=2199-01-01T00:00"),
    ("Lisa", "/timeline/{open}/entries/{entry}"),
    ("Lisa", "/timeline/{open}/evaluation"),
    ("Karin", "/timeline/{open}/evaluation?entry={entry}"),
    ("Lisa", "/timeline/{closed}/evaluation"),
    ("Lisa", "/timeline/{open}/hand-over"),
    ("Lisa", "/timeline/{closed}/hand-over"),
    ("Gunnar", "/archive"),
    ("Maria", "/archive?show=all"),
    ("Gunnar", "/archive/deliveries/{delivery}"),
    ("Maria", "/archive/deliveries/{delivery}"),
    ("Peter", "/accounts/{account}/archive"),
    ("Maria", "/accounts/{account}/archive"),
    ("Gunnar", "/archive/disposal"),
    ("Lisa", "/archive/disposal"),
    ("Gunnar", "/archive/disposal/{disposal}"),
    ("Gunnar", "/archive/disposal/{disposal}/dispose"),
    ("Peter", "/measures/{measure}"),
    ("Lisa", "/measures/{measure}"),
    ("Lisa", "/search?words=kokar"),
    ("Karin", "/search?record=1999:1"),
    ("Lisa", "/records/{sent}"),
    ("Karin", "/records/{sent}"),
    ("Lisa", "/compare?left={open}&right={closed}"),
    ("Karin", "/compare?left={closed}&right=plan"),
    ("Lisa", "/timeline/{open}/site"),
    ("Karin", "/timeline/{open}/site?at=2001-01-01T00:00"),
    ("Maria", "/exercise-plans"),
    ("Lisa", "/exercise-plans/new"),
    ("Maria", "/exercise-plans/{exercise_plan}"),
    ("Lisa", "/incidents/{closed}/injects"),
    ("Lisa", "/timeline/{open}/exports"),
    ("Lisa", "/timeline/{closed}/exports"),
    ("Lisa", "/incidents/{open}/staff/"),
    ("Karin", "/incidents/{open}/staff/"),
    ("Lisa", "/incidents/{open}/handovers/"),
    ("Lisa", "/incidents/{open}/handovers/new/information_unit"),
    ("Emma", "/incidents/{open}/handovers/new/information_unit"),
    ("Emma", "/incidents/{open}/handovers/{handover}"),
    ("Lisa", "/incidents/{open}/roster"),
    ("Peter", "/incidents/{open}/roster"),
    ("Lisa", "/incidents/{open}/view-links/"),
    ("", "/view/{wall}/"),
    ("", "/view/{telephones}/"),
    ("Lisa", "/incidents/{open}/promises/{broadcast}"),
    ("Karin", "/incidents/{open}/promises/{broadcast}"),
    ("Lisa", "/incidents/{open}/stage"),
    ("Lisa", "/incidents/{open}/close"),
    ("Lisa", "/incidents/{open}/messages"),
    ("Peter", "/incidents/{open}/messages"),
    ("Lisa", "/incidents/{open}/messages/new"),
    ("Lisa", "/incidents/{open}/messages/correct"),
    ("Lisa", "/incidents/{open}/messages/{sent}"),
    ("Lisa", "/incidents/{open}/messages/{first}"),
    ("Lisa", "/incidents/{open}/messages/{instruction}"),
    ("Lisa", "/incidents/{open}/messages/{first}/images"),
    ("Lisa", "/incidents/{open}/messages/{returned}"),
    ("Lisa", "/incidents/{open}/messages/{rumour}"),
    ("Lisa", "/incidents/{open}/messages/{all_clear}"),
    ("Lisa", "/incidents/{open}/messages/{correction}"),
    ("Lisa", "/incidents/{open}/messages/{correction}/fault"),
    ("Karin", "/incidents/{open}/messages/{correction}/fault"),
    ("Lisa", "/incidents/{open}/messages/{sent}/removal"),
    ("Karin", "/incidents/{open}/removals/{removal}"),
    ("Peter", "/incidents/{open}/removals/posts/{removal_post}"),
    ("Lisa", "/incidents/{open}/messages/{replacing}"),
    ("Lisa", "/incidents/{open}/messages/{waiting}"),
    ("Lisa", "/incidents/{open}/promises/{broadcast}"),
    ("Karin", "/incidents/{open}/promises/{broadcast}"),
    ("Karin", "/incidents/{open}/approve/{version}"),
    ("Lisa", "/incidents/{open}/approve/{version}"),
    ("Karin", "/incidents/{open}/approve/{version}/return"),
    ("Karin", "/incidents/{open}/approve/{version}/accounts"),
    ("Peter", "/incidents/{open}/tasks/{task}"),
    ("Lisa", "/incidents/{open}/tasks/{task}"),
    ("Lisa", "/incidents/{open}/rumours"),
    ("Peter", "/incidents/{open}/rumours"),
    ("Lisa", "/incidents/{open}/rumours/{said}"),
    ("Peter", "/incidents/{open}/rumours/{said}"),
    ("Lisa", "/incidents/{open}/answers"),
    ("Lisa", "/incidents/{open}/answers/new"),
    ("Lisa", "/incidents/{open}/answers/{answer}"),
    ("Karin", "/incidents/{open}/answers/approve/{answer_version}"),
    ("Karin", "/incidents/{open}/answers/approve/{answer_version}/return"),
    ("Peter", "/incidents/{open}/switchboard/"),
    ("Peter", "/incidents/{open}/switchboard/?q=hund"),
    ("Lisa", "/ovning/{open}/vagg"),
    ("Lisa", "/ovning/{open}/vagg/{account}"),
    ("Lisa", "/incidents/{closed}/"),
    ("Lisa", "/incidents/{closed}/close"),
    ("Lisa", "/incidents/{closed}/accounts"),
    ("Lisa", "/incidents/{closed}/notices"),
    ("Lisa", "/incidents/{closed}/log"),
    ("Lisa", "/incidents/{closed}/staff/"),
    ("Lisa", "/incidents/{closed}/roster"),
    ("Lisa", "/incidents/{closed}/messages"),
)
"""(first name of who reads it, "" for nobody yet; address, with what `prepared` has made)"""
EXERCISE_PAGES = ("", "tillganglighet/", "h/{open}/")
NO_PAGE = {
    "static": "files",
    "healthz": "JSON",
    "register.export": "a file: test_register_pages.py reads it",
    "plans.print_pdf": "a file: test_pdf.py reads it",
    "inbox.picture": "a picture: tests/moderation/test_questions.py reads it",
    "review.fetch": "a file: test_exports.py reads it",
    "site_review.page": "the public site's own page, as it was: test_site_then.py reads it",
    "site_review.style": "a file: test_site_then.py reads it",
    "records.copy": "a file: test_search.py reads it",
    "exercises.live_run": "the injects that the page's first load holds too",
    "yearly_reports.pdf": "a file: test_yearly_pages.py reads it",
    "review.exports_part": "the list that the page's first load holds too",
    "board.live_part": "the part of the board that its first load holds too",
    "around.part": "the events beside it, in the band of every page about an event",
    "monitoring.live_part": "the lists that the page's first load holds too",
    "lock_alarms.show": "there only when a feed has brought something: test_lock_pages.py reads it",
    "viewing.live_part": "the part of the wall that its first load holds too",
    "signup.look": "its address comes by mail: tests/recipients/test_signup.py reads it",
    "archive_links.show": "its address comes by mail: test_archive.py reads it",
    "incidents.linked": "its address comes by mail: test_reach.py reads it",
    "switchboard.live_part": "the part of the switchboard's page that its first load holds too",
    "answers.part": "the answers on the lock notice, which fetches them",
    "post_corrections.write": "there only once a post is out: test_posts.py comes to it",
    "messages.image": "a picture: test_images.py reads it",
    "messages.card": "a picture: test_card_pages.py reads it",
    "messages.task_picture": "a picture: test_card_pages.py reads it",
    "site.wall_picture": "a picture: test_card_pages.py reads it",
    "site.live_wall": "the part of the wall that its first load holds too",
    "connecting.back": "where a platform sends the browser: test_connecting.py comes to it",
    "connecting.choices": "there only after a login at a platform: test_connecting.py reads it",
    "people.first": "there only while nothing else is: test_first_administrator.py reads it",
}


@dataclass(frozen=True)
class Prepared:
    """An installation with something of everything in it."""

    visitors: dict[str, Visitor]
    values: dict[str, str]

    def pages(self) -> Iterator[tuple[Visitor, str]]:
        for name, address in PAGES:
            yield self.visitors[name], address.format(**self.values)
        for language in ("", "en/"):
            for page in EXERCISE_PAGES:
                address = "/ovning/{open}/" + language + page
                yield self.visitors["Lisa"], address.format(**self.values)


def prepare(visitors: dict[str, Visitor]) -> dict[str, str]:
    lisa, karin, erik = visitors["Lisa"], visitors["Karin"], visitors["Erik"]
    made = {"exercise_plan": write_exercise_plan(lisa, "Marsplanen", "En ledning brister.")}
    add_injects(lisa, [(0, WORD, "Larmet går.", ""), (90, RUMOUR, "Farligt!", "Torsbygruppen")])
    made["closed"] = open_exercise(lisa, "Vattenövning i mars", plan="Marsplanen")
    lisa.go(f"/incidents/{made['closed']}/close")
    lisa.field("Varför behövs inte Läget över?").fill("Inget gick ut.")
    lisa.button("Avsluta händelsen").click()
    lisa.sees("är avslutad. Kontona är upplåsta.")

    slug = made["open"] = broadcast(lisa, karin, "Varje sida", every=600, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    made |= talk(lisa, karin, visitors["Peter"], slug)
    made |= staff(lisa, karin, slug)
    made["sent"] = number_in(lisa, f"/incidents/{slug}/messages", "^Första")
    lisa.go(f"/incidents/{slug}/messages/{made['sent']}")
    stop = lisa.page.locator("form[action$='/stop']").get_attribute("action") or ""
    made["broadcast"] = stop.split("/")[-2]
    kinds = {"first": "Första", "instruction": "Uppmaning", "rumour": "Rykte"}
    for key, kind in {**kinds, "all_clear": "Läget över"}.items():
        made[key] = begin(lisa, slug, kind)
    made["returned"] = begin(lisa, slug, "Uppdatering")
    submit(lisa)
    made["version"] = number_in(lisa, f"/incidents/{slug}/messages", "^Uppdatering")
    karin.go(f"/incidents/{slug}/approve/{made['version']}/return")
    karin.field("Vad behöver ändras?").fill("Skriv att det gäller Oleby också.")
    karin.button("Returnera").click()
    karin.sees("Returnerad till Lisa Berg.")
    made["waiting"] = begin(lisa, slug, "Inget nytt")
    submit(lisa)
    made["version"] = number_in(lisa, f"/incidents/{slug}/messages", "^Inget nytt")
    lisa.go(f"/incidents/{slug}/messages/correct")
    lisa.page.get_by_role("button", name=re.compile("^Vi har hittat tecken")).click()
    made["correction"] = last_number(lisa.page.url)
    lisa.button("Skriv texten som ersätter").click()
    expect(lisa.page).not_to_have_url(re.compile(f"/{made['correction']}$"))
    made["replacing"] = last_number(lisa.page.url)

    lisa.go(f"/incidents/{slug}/messages/{made['sent']}/removal")
    lisa.choice("Sekretess").check()
    lisa.field("Varför?").fill("En adress stod med.")
    lisa.button("Begär att de tas bort").click()
    lisa.sees("Beviset är sparat. Någon annan beslutar.")
    made["removal"] = last_number(lisa.page.url)
    karin.go(f"/incidents/{slug}/removals/{made['removal']}")
    action = karin.page.locator("form[action$='/evidence']").first.get_attribute("action") or ""
    made["removal_post"] = action.split("/")[-2]

    made["entry"] = number_in(lisa, f"/timeline/{slug}/axis?about=messages", r"^\d\d\.\d\d")
    made["measure"] = evaluate(lisa, slug, made["entry"])
    made["notice"] = number_in(visitors["Peter"], "/", "^Läs om låset")
    peter = visitors["Peter"]
    peter.go("/notices")
    row = peter.page.get_by_role("listitem").filter(has_text="Publicera för hand").first
    made["told"] = last_number(peter.link("Läs", within=row).get_attribute("href") or "")
    made["task"] = number_in(peter, f"/notices/{made['told']}", "^Gå dit")
    made["account"] = number_in(lisa, "/accounts", "^Kulturskolan")
    made["website"] = number_in(lisa, "/accounts", "^Torsby kommun")
    made["ended"] = number_in(lisa, "/accounts", "^Projekt Nya torget")
    made |= custody(visitors["Maria"], lisa, karin, made["account"])
    made |= upkeep(peter, made["account"])
    made |= archive(peter, visitors["Gunnar"], made["account"])
    made["yearly"] = begin_report(peter, made["account"])
    made["yearly_sent"] = begin_report(visitors["Maria"], made["page"])
    send_report(visitors["Maria"])
    made["absence"] = absence(peter)
    made["item"] = seen(peter)
    peter.button("Är en fråga").click()
    made |= moderated(peter)
    made["post"] = post(peter)
    erik.go("/people/invite")
    erik.field("Namn").fill("Vera Prov")
    erik.field("E-post").fill("vera.prov@torsby.example")
    erik.choice("Granskare").check()
    erik.button("Gör en inbjudan").click()
    made["token"] = erik.page.locator("code").inner_text().rpartition("/")[2]
    made["rules"] = change_rules(visitors["Maria"])
    made["invited"] = number_in(erik, "/people", "^Vera Prov")
    made["erik"] = number_in(erik, "/people", "^Erik Sund")
    made["register_file"] = show_register(visitors["Maria"])
    made["list"] = mail_list(visitors["Maria"])
    made["planned"] = propose(peter, "Notbanken", "Facebook", "notbanken")
    answer_checklist(peter)
    write_plan(peter, "peter.nas@torsby.example", "sofia.lilja@torsby.example")
    peter.button("Skicka för underskrift").click()
    peter.sees("Planen väntar på underskrifter.")
    return made


def custody(maria: Visitor, lisa: Visitor, karin: Visitor, account: str) -> dict[str, str]:
    """An envelope that somebody has opened, and a notice of it; a page run from own logins."""
    seal(maria, account)
    opening = ask_to_open(lisa, account)
    karin.go(f"/custody/{opening}")
    karin.button("Bevittna öppningen").click()
    karin.sees("Bevittnad av")
    return {
        "opening": opening,
        "account_notice": number_in(maria, "/", "^Kuvertet är öppnat"),
        "page": number_in(maria, "/accounts", "^Stjerneskolan"),
    }


def seal(
    keeper: Visitor, account: str, *, login: str = "skola", password: str = "Vit-9-sjö"
) -> None:
    keeper.go(f"/accounts/{account}/custody/seal")
    keeper.field("Användarnamn eller e-post").fill(login)
    keeper.field("Lösenord").fill(password)
    keeper.button("Försegla").click()
    keeper.sees("Kuvertet är förseglat.")


def ask_to_open(opener: Visitor, account: str, what: str = "Öppna") -> str:
    """Returns the opening's number."""
    opener.go(f"/accounts/{account}/custody")
    opener.page.get_by_role("radio", name=re.compile(f"^{what}")).check()
    opener.field("Varför?").fill("Ingen administratör svarar.")
    opener.button("Be om ett vittne").click()
    opener.sees("Ta tillbaka")
    return last_number(opener.page.url)


def upkeep(peter: Visitor, account: str) -> dict[str, str]:
    """A profile that lacks its phone number, a picture without consent, an app to look at."""
    check_profile(peter, account, missing="Telefonnummer")
    peter.go(f"/accounts/{account}/consents")
    peter.field("Vilken bild?").fill("Vårkonserten, två elever")
    peter.button("Anteckna bilden").click()
    consent = number_in(peter, f"/accounts/{account}/consents", "^Vårkonserten")
    peter.go(f"/accounts/{account}/security")
    peter.field("Beskriv det").fill("Ett tillägg som vill läsa alla meddelanden.")
    peter.button("Anteckna").click()
    report = number_in(peter, f"/accounts/{account}/security", "^Skriv vad ni gjorde")
    return {"consent": consent, "report": report}


def check_profile(visitor: Visitor, account: str, *, missing: str = "") -> None:
    """Everything is there but one thing, and the rules have no logo yet."""
    visitor.go(f"/accounts/{account}/profile")
    for group in visitor.page.locator(".profile-check fieldset").all():
        label = group.locator("legend").inner_text()
        answer = "Gäller inte" if "logotyp" in label else "Saknas" if label == missing else "Finns"
        group.get_by_role("radio", name=answer).check()
        if answer == "Gäller inte":
            group.get_by_role("textbox").fill("Ingen är fastställd.")
    visitor.field("Vad tittade du på?").fill("Bild i mappen.")
    visitor.button("Spara kontrollen").click()
    visitor.sees("Sparat.")


def post(peter: Visitor) -> str:
    """A draft that waits to be released; without live use none is."""
    peter.go("/posts/new")
    peter.page.get_by_label(re.compile(r"^\s*Kulturskolan")).first.check()
    peter.field("Inlägget").fill("Konsert i aulan på torsdag. Välkomna!")
    peter.page.get_by_label(re.compile("Invånarna behöver inte veta det")).check()
    peter.button("Spara utkastet").click()
    peter.sees("Utkastet är sparat.")
    return last_number(peter.page.url)


def seen(peter: Visitor, said: str = "När börjar den?") -> str:
    """A comment that Peter has read, and written down. Returns its number."""
    peter.go("/inbox/new")
    peter.page.get_by_label("På vilket konto?").select_option(index=1)
    peter.field("Var såg du det?").fill("Kommentar under inlägget om konserten")
    peter.field("Vad står det?").fill(said)
    peter.button("Anteckna").click()
    peter.sees("Antecknat.")
    return last_number(peter.page.url)


def moderated(peter: Visitor) -> dict[str, str]:
    """Insults on their way through moderation. Returns state → the case's number."""
    made = {"captured": capture(peter), "registry": capture(peter)}
    decide(peter, "Sekretessbelagda uppgifter", committee=True)
    made["gone"] = capture(peter)
    decide(peter, "Personangrepp eller förolämpning")
    peter.button("Borttaget").click()
    peter.sees("Antecknat: ingen ser det längre.")
    return made


def capture(peter: Visitor) -> str:
    """Write down an insult and keep it as evidence; its case is what comes. Returns its number."""
    seen(peter, "Läraren är en idiot.")
    peter.button("Spara bevis och moderera").click()
    peter.sees("Beviset är sparat.")
    return last_number(peter.page.url)


def decide(peter: Visitor, ground: str, *, committee: bool = False) -> None:
    """From the case: remove it on a ground; first it is registered, if a committee is to have
    it."""
    peter.field("Skäl").select_option(label=ground)
    peter.choice("Ta bort").check()
    if committee:
        peter.field("Ska det diarieföras först?").select_option(index=1)
    peter.button("Besluta").click()
    peter.sees("Beslutet är antecknat.")


def archive(peter: Visitor, gunnar: Visitor, account: str) -> dict[str, str]:
    """A picture that waits for its receipt, and a rule of disposal."""
    peter.go(f"/accounts/{account}/archive")
    file = {"name": "sidan.png", "mimeType": "image/png", "buffer": picture()}
    peter.field("Skärmbild eller PDF").set_input_files([file])  # type: ignore[list-item]
    peter.button("Spara och skicka till arkivet").click()
    peter.sees("Sparad, och skickad till Gunnar Vik.")
    gunnar.go("/archive/disposal")
    gunnar.field("Efter hur många månader?").fill("6")
    gunnar.field("Vilket beslut?").fill("Kommunfullmäktige § 41")
    gunnar.field("Vilken dag beslutades det?").fill("2026-01-31")
    gunnar.button("Skriv in regeln").click()
    gunnar.sees("Regeln gäller nu.")
    return {
        "delivery": number_in(gunnar, "/archive", "^Ögonblicksbild av"),
        "disposal": number_in(gunnar, "/archive/disposal", "^Besvarade frågor"),
    }


def begin_report(writer: Visitor, account: str) -> str:
    """The account's yearly report, which is what comes. Returns its number."""
    writer.go(f"/accounts/{account}")
    writer.button("Skriv årets rapport").click()
    writer.sees("Konsolen räknar det den känner till.")
    return last_number(writer.page.url)


def send_report(writer: Visitor, story: str = "Vi tipsade om läger och kurser.") -> None:
    writer.field("Vad gjorde ni, och vad gav det?").fill(story)
    writer.button("Spara").click()
    writer.sees("Sparat. Rapporten är inte skickad än.")
    writer.button("Skicka rapporten").click()
    writer.sees("Rapporten är skickad. Siffrorna är låsta.")


def absence(peter: Visitor) -> str:
    """Peter is away next year; nobody stands in yet."""
    peter.go("/absences/new")
    day = f"{datetime.now(UTC).year + 1}-07-06"
    peter.field("Första dagen borta").fill(day)
    peter.field("Sista dagen borta").fill(day)
    peter.field("Vem ersätter?").select_option(label="Ingen än")
    peter.button("Skriv in frånvaron").click()
    peter.sees("Frånvaron är inskriven.")
    return number_in(peter, "/absences", "^Ändra")


def staff(lisa: Visitor, karin: Visitor, slug: str) -> dict[str, str]:
    """A duty taken, a point of the first hour done, a shift offered, and links without login."""
    karin.go("/duty")
    taking = karin.button("Ta jouren")
    if taking.count():  # else an earlier journey has left it with her
        taking.click()
        karin.sees("Karin Holm har jouren.")
    lisa.go(f"/incidents/{slug}/staff/")
    lisa.button("Klart").first.click()
    expect(lisa.button("Ta bort bocken").first).to_be_visible()
    lisa.go(f"/incidents/{slug}/handovers/new/information_unit")
    lisa.field("Vem tar över?").select_option(label="Emma Sjö")
    lisa.button("Skriv under och lämna över").click()
    lisa.sees("Du har passet tills Emma Sjö har skrivit under.")
    made = {"handover": last_number(lisa.page.url)}
    for key, shows in {"wall": "Väggskärm", "telephones": "Växel"}.items():
        lisa.go(f"/incidents/{slug}/view-links/")
        lisa.choice(shows).check()
        lisa.field("Var ska den användas?").fill("Ledningsrummet")
        lisa.button("Gör länken").click()
        made[key] = lisa.page.locator("code").inner_text().split("/")[-2]
    return made


def change_rules(maria: Visitor) -> str:
    """A version of the rules. Returns its number."""
    maria.go("/policy/sections/accounts")
    maria.field("Minst så många inlägg i veckan").fill("1")
    maria.button("Förhandsvisa").click()
    maria.field("Varför ändrar ni?").fill("Det ska märkas att vi finns.")
    maria.button("Ändra reglerna").click()
    maria.sees("Reglerna är ändrade och gäller nu.")
    return number_in(maria, "/policy/versions", "^Version")


def evaluate(lisa: Visitor, slug: str, entry: str) -> str:
    """An observation, a lesson, and a measure for Peter. Returns the measure's number."""
    lisa.go(f"/timeline/{slug}/evaluation?entry={entry}")
    lisa.field("Vad såg du?").fill("Texten var klar fort.")
    lisa.button("Skriv iakttagelsen").click()
    lisa.sees("Iakttagelsen är skriven.")
    lisa.field("Vad lär vi oss?").fill("Färdiga texter hjälper.")
    lisa.button("Skriv lärdomen").click()
    lisa.sees("Lärdomen är skriven.")
    lisa.field("Vad ska göras?").fill("Skriv fler färdiga texter.")
    lisa.field("Vem ansvarar?").select_option(label="Peter Näs")
    lisa.field("Senast").fill(f"{datetime.now(UTC).year + 1}-03-01")
    lisa.button("Besluta åtgärden").click()
    lisa.sees("Åtgärden är beslutad.")
    return number_in(lisa, f"/timeline/{slug}/evaluation", "^Skriv fler färdiga")


def talk(lisa: Visitor, karin: Visitor, peter: Visitor, slug: str) -> dict[str, str]:
    """A rumour, an answer that may be given, and one that waits."""
    peter.go(f"/incidents/{slug}/rumours")
    peter.field("Vad sägs?").fill("Någon har förgiftat vattnet.")
    peter.field("Var sägs det?").fill("Facebook")
    peter.button("Logga rykte").click()
    peter.sees("Ryktet är loggat.")
    made = {"said": number_in(lisa, f"/incidents/{slug}/rumours", "Någon har förgiftat")}
    for question in ("Får man duscha?", "Är Oleby med?"):
        lisa.go(f"/incidents/{slug}/answers/new")
        lisa.field("Vad frågar man?").fill(question)
        lisa.field("Vad svarar vi?").fill("Ja.")
        lisa.button("Skicka för godkännande").click()
        lisa.sees("Skickat för godkännande.")
        waiting = number_in(karin, f"/incidents/{slug}/answers", f"^{re.escape(question)}")
        made["answer_version"] = waiting
        if "answer" not in made:
            karin.go(f"/incidents/{slug}/answers/approve/{waiting}")
            karin.button("Godkänn").click()
            karin.sees("Godkänt. Svaret kan ges nu.")
            made["answer"] = number_in(lisa, f"/incidents/{slug}/answers", "^Ändra")
    return made


def begin(unit: Visitor, slug: str, kind: str) -> str:
    """Start a draft, and stay at it. Returns its number."""
    unit.go(f"/incidents/{slug}/messages/new")
    unit.page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    unit.button("Skriv").click()
    expect(unit.page).to_have_url(re.compile(r"/messages/\d+$"))
    return last_number(unit.page.url)


def submit(unit: Visitor) -> None:
    if unit.field("Vad är nytt?").count():
        unit.field("Vad är nytt?").fill("Vi tar nya prover i kväll.")
    unit.field("När kommer nästa besked?").fill("23.58")
    send(unit)


def number_in(visitor: Visitor, path: str, link: str) -> str:
    """The number that ends the address of a page's first link so named."""
    visitor.go(path)
    found = visitor.page.get_by_role("link", name=re.compile(link)).first.get_attribute("href")
    return last_number(found or "")


def last_number(address: str) -> str:
    numbers = re.findall(r"\d+", urlsplit(address).path)
    return str(numbers[-1])


def nothing(found: dict[str, list[str]]) -> None:
    faulty = {address: faults for address, faults in found.items() if faults}
    assert faulty == {}, json.dumps(faulty, ensure_ascii=False, indent=1)
