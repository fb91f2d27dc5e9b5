"""The public register's files: pages, CSV, JSON and a description for data portals. Pure (2.1-a).

What doesn't depend on any event is drawn only when the register changes, so that a long register
never holds up a crisis message.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from xml.etree import ElementTree

from console import listing
from console.accounts.sheets import guarded
from console.site import render
from console.site.view_model import Lang, ListPage, RegisterRow, SiteView, account_page

ROWS = 100
"""Accounts on a page: a phone with a bad connection gets some ten kilobytes."""
CSV, JSON, DCAT = "konton/konton.csv", "konton/konton.json", "dcat.rdf"
PRINT = "konton/utskrift.html"
COLUMNS = ("namn", "plattform", "konto", "adress", "verksamhet", "namnd", "sida")

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DCTERMS = "http://purl.org/dc/terms/"
DCAT_NS = "http://www.w3.org/ns/dcat#"
FOAF = "http://xmlns.com/foaf/0.1/"
VCARD = "http://www.w3.org/2006/vcard/ns#"
XML = "http://www.w3.org/XML/1998/namespace"
EU = "http://publications.europa.eu/resource/authority"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def files(view: SiteView, address: str) -> dict[str, bytes]:
    """Path within the site → bytes, of one language; the data come with the Swedish one.

    Args:
        address: of the site's host, without a slash at the end.
    """
    at = "" if view.lang == "sv" else "en/"
    first = list_pages(view.register)[0]
    found = {f"{at}konton/index.html": render.accounts(view, first).encode()}
    found |= _standing(view.without_events)
    if view.lang == "sv":
        found |= _data(view.without_events, address + view.root)
    return found


def list_pages(rows: Sequence[RegisterRow]) -> list[ListPage]:
    """The rows, in their order, by the page; at least one page."""
    parts = [tuple(rows[n : n + ROWS]) for n in range(0, len(rows), ROWS)] or [()]
    names = ["./", *(f"sida-{n}.html" for n in range(2, len(parts) + 1))]
    labels = [f"{part[0].name} – {part[-1].name}" if part else "" for part in parts]
    return [
        ListPage(
            part,
            tuple(
                (name, label, at == here)
                for at, (name, label) in enumerate(zip(names, labels, strict=True))
            )
            if len(parts) > 1
            else (),
        )
        for here, part in enumerate(parts)
    ]


@lru_cache(maxsize=4)
def _standing(view: SiteView) -> dict[str, bytes]:
    """The pages that no event changes."""
    at = "" if view.lang == "sv" else "en/"
    pages = {
        f"konton/sida-{number}.html": render.accounts(view, page)
        for number, page in enumerate(list_pages(view.register)[1:], 2)
    }
    by_committee = sorted(view.register, key=lambda row: listing.fold(row.committee) or "~")
    groups = [(name, list(rows)) for name, rows in groupby(by_committee, lambda r: r.committee)]
    pages[PRINT] = render.printed(view, groups)
    pages |= {account_page(row.number): render.account(view, row) for row in view.register}
    return {f"{at}{path}": text.encode() for path, text in pages.items()}


@lru_cache(maxsize=2)
def _data(view: SiteView, root: str) -> dict[str, bytes]:
    rows = [_values(view, row, root) for row in view.register]
    return {CSV: _csv(rows), JSON: _json(view, rows, root), DCAT: dcat(view, root)}


def _values(view: SiteView, row: RegisterRow, root: str) -> dict[str, str]:
    page = f"{root}/{account_page(row.number)}"
    values = (row.name, row.platform, row.handle, row.url, row.operation, row.committee, page)
    return dict(zip(COLUMNS, values, strict=True))


def _csv(rows: list[dict[str, str]]) -> bytes:
    """RFC 4180, UTF-8; what a spreadsheet would take for a formula has ' before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _json(view: SiteView, rows: list[dict[str, str]], root: str) -> bytes:
    whole = {"utgivare": view.sender.name, "sida": f"{root}/konton/", "konton": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


TITLES: dict[Lang, str] = {"sv": "Konton i sociala medier", "en": "Social media accounts"}
DESCRIPTIONS: dict[Lang, str] = {
    "sv": "Alla konton i sociala medier som {name} ansvarar för och som vänder sig till "
    "allmänheten: namn, plattform, adress, verksamhet och ansvarig nämnd.",
    "en": "Every social media account that {name} answers for and that addresses the public: "
    "name, platform, address, who runs it and the committee that answers for it.",
}


def dcat(view: SiteView, root: str) -> bytes:
    """The register as a catalogue of one data set: DCAT-AP-SE 3.0.1 in RDF/XML.

    Has what the profile makes mandatory: title, description, publisher and licence of the
    catalogue; title, description, publisher and contact of the data set; accessURL of each
    distribution. /dcat.rdf is where the national portal looks.
    """
    for prefix, namespace in (
        *(("rdf", RDF), ("dcterms", DCTERMS), ("dcat", DCAT_NS)),
        *(("foaf", FOAF), ("vcard", VCARD)),
    ):
        ElementTree.register_namespace(prefix, namespace)
    here = f"{root}/{DCAT}"
    publisher, dataset, contact = f"{here}#utgivare", f"{here}#konton", f"{here}#kontakt"
    name = view.sender.name
    rdf = ElementTree.Element(f"{{{RDF}}}RDF")

    catalogue = _node(rdf, DCAT_NS, "Catalog", f"{here}#katalog")
    _texts(catalogue, "title", {"sv": f"Öppna data från {name}", "en": f"Open data from {name}"})
    _texts(catalogue, "description", {lang: text + "." for lang, text in TITLES.items()})
    _link(catalogue, DCTERMS, "publisher", publisher)
    _link(catalogue, DCTERMS, "license", CC0)
    _link(catalogue, DCTERMS, "language", f"{EU}/language/SWE")
    _link(catalogue, FOAF, "homepage", f"{root}/")
    _link(catalogue, DCAT_NS, "themeTaxonomy", f"{EU}/data-theme")
    _link(catalogue, DCAT_NS, "dataset", dataset)

    agent = _node(rdf, FOAF, "Agent", publisher)
    _text(agent, FOAF, "name", name)
    _link(agent, DCTERMS, "type", "http://purl.org/adms/publishertype/LocalAuthority")

    described = _node(rdf, DCAT_NS, "Dataset", dataset)
    _texts(described, "title", TITLES)
    _texts(described, "description", {k: t.format(name=name) for k, t in DESCRIPTIONS.items()})
    _link(described, DCTERMS, "publisher", publisher)
    _link(described, DCTERMS, "language", f"{EU}/language/SWE")
    _link(described, DCTERMS, "accessRights", f"{EU}/access-right/PUBLIC")
    _link(described, DCTERMS, "accrualPeriodicity", f"{EU}/frequency/UPDATE_CONT")
    _link(described, DCAT_NS, "theme", f"{EU}/data-theme/GOVE")
    for word in ("sociala medier", "kommunikation"):
        _text(described, DCAT_NS, "keyword", word, "sv")
    _link(described, DCAT_NS, "contactPoint", contact)
    _link(described, DCAT_NS, "landingPage", f"{root}/konton/")

    reached = _node(rdf, VCARD, "Organization", contact)
    _text(reached, VCARD, "fn", name)
    if view.sender.feedback_email:
        _link(reached, VCARD, "hasEmail", f"mailto:{view.sender.feedback_email}")
    phone = ElementTree.SubElement(reached, f"{{{VCARD}}}hasTelephone")
    number = "".join(c for c in view.sender.phone if c.isdigit() or c == "+")
    _link(
        ElementTree.SubElement(phone, f"{{{RDF}}}Description"), VCARD, "hasValue", f"tel:{number}"
    )

    for path, kind in ((CSV, "text/csv"), (JSON, "application/json")):
        one = f"{here}#{kind.rpartition('/')[2]}"
        _link(described, DCAT_NS, "distribution", one)
        distribution = _node(rdf, DCAT_NS, "Distribution", one)
        _texts(distribution, "title", {"sv": f"{TITLES['sv']}, {kind}"})
        _text(distribution, DCTERMS, "format", kind)
        _link(distribution, DCAT_NS, "accessURL", f"{root}/{path}")
        _link(distribution, DCAT_NS, "downloadURL", f"{root}/{path}")
        _link(distribution, DCTERMS, "license", CC0)
    return bytes(ElementTree.tostring(rdf, encoding="utf-8", xml_declaration=True))


def _node(rdf: ElementTree.Element, space: str, kind: str, about: str) -> ElementTree.Element:
    return ElementTree.SubElement(rdf, f"{{{space}}}{kind}", {f"{{{RDF}}}about": about})


def _link(parent: ElementTree.Element, space: str, name: str, target: str) -> None:
    ElementTree.SubElement(parent, f"{{{space}}}{name}", {f"{{{RDF}}}resource": target})


def _texts(parent: ElementTree.Element, name: str, texts: dict[Lang, str]) -> None:
    for lang, text in texts.items():
        _text(parent, DCTERMS, name, text, lang)


def _text(
    parent: ElementTree.Element, space: str, name: str, text: str, lang: str | None = None
) -> None:
    attributes = {} if lang is None else {f"{{{XML}}}lang": lang}
    ElementTree.SubElement(parent, f"{{{space}}}{name}", attributes).text = text
