"""What a profile is made of beyond plain numbers and texts, and Torsby's choices of 2011. Pure."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = (
    *("information_unit", "approver", "account_administrator", "operations_manager"),
    *("head_of_department", "strategy", "archivist", "registrar", "reviewer"),
    "system_administrator",
)
"""Roles, as console.people.rules names them."""
DECISION, CONSULTATION = "decision", "consultation"
CHAIN_MOST = 4
SIGNERS = ("information_unit", "approver", "operations_manager", "head_of_department", "strategy")
"""Roles that a step may be of: those that console.people.rules lets sign a plan."""
PERIODS = ("week", "workday")


@dataclass(frozen=True)
class FirstHourItem:
    """One thing to do in an event's first hour."""

    key: str
    """What a tick is stored under; one of `FIRST_HOUR_FACTS` is ticked by fact, never by hand."""
    minute: int
    """Minutes from the opening by which it should be done."""
    sv: str
    en: str


@dataclass(frozen=True)
class Step:
    """One mark that an action plan needs (3.2-b)."""

    role: str
    """One of `SIGNERS`."""
    kind: str
    """decision: this role says yes; consultation: it has been heard."""


@dataclass(frozen=True)
class Choice:
    """Something to choose among, stored by its key."""

    key: str
    sv: str
    en: str


@dataclass(frozen=True)
class RegistryAddress:
    """Where what is to be registered for a committee is sent (4.5-e)."""

    committee: str
    email: str


@dataclass(frozen=True)
class Document:
    """A document that the rules rest on (1-a)."""

    title: str
    version: str
    url: str


CHAIN = (
    Step("operations_manager", DECISION),
    Step("head_of_department", DECISION),
    Step("strategy", CONSULTATION),
)
PURPOSES = (
    Choice("complement_site", "Komplettera webbplatsen", "Add to the website"),
    Choice("inform", "Nå ut med information", "Get information out"),
    Choice("market", "Marknadsföra kommunen", "Market the municipality"),
    Choice("new_ways", "Pröva nya sätt att nå en målgrupp", "Try new ways to reach an audience"),
    Choice("engage", "Få människor att engagera sig", "Get people involved"),
    Choice("dialogue", "Samtala och fråga om råd", "Talk with people and ask for advice"),
    Choice("first_hand", "Berätta själva, direkt", "Tell it ourselves, at first hand"),
    Choice("recruit", "Rekrytera", "Recruit"),
    Choice("network", "Knyta kontakter och följa omvärlden", "Make contacts and look around"),
    Choice("answer", "Svara på det som skrivs om oss", "Answer what is written about us"),
)
"""Why an account is there (2.2-a). A plan may add its own words."""
GROUNDS = (
    Choice("defamation", "Förtal", "Defamation"),
    Choice("personal_attack", "Personangrepp eller förolämpning", "Personal attack or insult"),
    Choice("agitation", "Hets mot folkgrupp", "Agitation against a group"),
    Choice("harassment", "Sexism eller trakasserier", "Sexism or harassment"),
    Choice("violence", "Olaga våldsskildring", "Unlawful depiction of violence"),
    Choice("pornography", "Pornografi", "Pornography"),
    Choice("child_abuse", "Barnpornografibrott", "Child sexual abuse material"),
    Choice("incitement", "Uppvigling eller annat brott", "Incitement or another crime"),
    Choice("copyright", "Upphovsrättsintrång", "Copyright infringement"),
    Choice("swearing", "Svordomar eller grovt språk", "Swearing or obscenity"),
    Choice("advertising", "Reklam", "Advertising"),
    Choice("personal_data", "Kränkande personuppgifter", "Personal data that violates somebody"),
    Choice("secrecy", "Sekretessbelagda uppgifter", "Information under secrecy"),
    Choice("values", "Strider mot värdegrunden", "Against our values"),
)
"""Why somebody else's post may be taken away (1.1-a, 4-g, 4-i, 4.1-i, 4.5-d)."""
SECRECY = "secrecy"
"""The ground on which a post always goes to the registry first (4.5-d)."""
REGISTRY = (RegistryAddress("Kommunstyrelsen", "kommun@torsby.example"),)
DOCUMENTS = (Document("Riktlinjer för sociala medier", "2011", ""),)

FIRST_HOUR_FACTS = ("opened", "written", "approved", "website", "channels", "next")
"""Keys of what the console knows by itself."""
FIRST_HOUR = (
    FirstHourItem("opened", 0, "Öppna, lås och börja logga", "Open, lock and start the log"),
    FirstHourItem("written", 10, "Skriv första meddelandet", "Write the first message"),
    FirstHourItem("approved", 15, "Få det godkänt", "Have it approved"),
    FirstHourItem("website", 20, "Ut på webbplatsen först", "Out on the website first"),
    FirstHourItem("channels", 25, "Ut i övriga kanaler", "Out in the other channels"),
    FirstHourItem("switchboard", 30, "Informera växeln", "Brief the switchboard"),
    FirstHourItem("radio", 30, "Ring lokalradion", "Call the local radio"),
    FirstHourItem(
        "krisinformation",
        30,
        "Kontakta krisinformation.se (er egen text ska vara ute först)",
        "Contact krisinformation.se (your own text must be out first)",
    ),
    FirstHourItem("county", 30, "Ring länsstyrelsen", "Call the county administrative board"),
    FirstHourItem(
        "rumours", 45, "Gå igenom rykten och frågor", "Go through rumours and questions"
    ),
    FirstHourItem(
        "next", 60, "Nästa meddelande ut, även om inget är nytt",
        "Next message out, even if nothing is new",
    ),
)  # fmt: skip
"""Source: how a Swedish municipality communicates in a crisis, "First hour"."""
