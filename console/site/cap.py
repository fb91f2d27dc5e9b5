"""CAP 1.2 (OASIS) of what the public has been told, and a feed to find it by. Pure.

https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from console.phrases import for_xml
from console.site.alerts import Alert, Info, moment
from console.site.feeds import Linked
from console.site.serving import CAP_TYPE

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
FEED = "cap/atom.xml"
TAGS = {"sv": "sv-SE", "en": "en"}


def documents(alerts: Iterable[Alert]) -> dict[str, bytes]:
    """Path within the site → bytes: each alert, and the newest of each event at the event's own
    address.

    Args:
        alerts: newest first. One whose message has been removed has no file.
    """
    alerts = list(alerts)
    made = {one.file: document(one) for one in alerts if one.infos}
    for one in reversed(alerts):
        if one.infos:
            made[f"cap/{one.slug}.xml"] = made[one.file]
    return made


def entries(alerts: Iterable[Alert], root: str) -> list[Linked]:
    """Of the feed to find the documents by.

    Args:
        root: the site's whole address without a slash at the end.
    """
    return [
        Linked(
            key=one.identifier,
            event=one.slug,
            title=one.infos[0].headline,
            updated=one.sent,
            link=f"{root}/{one.file}",
            media_type=CAP_TYPE,
        )
        for one in alerts
        if one.infos
    ]


def document(alert: Alert) -> bytes:
    """One alert as UTF-8 XML. An exercise's says so to machines and to people."""
    top = ElementTree.Element(f"{{{CAP}}}alert")
    _add(top, "identifier", alert.identifier)
    _add(top, "sender", alert.sender)
    _add(top, "sent", moment(alert.sent))
    _add(top, "status", "Exercise" if alert.exercise else "Actual")
    _add(top, "msgType", alert.kind)
    _add(top, "scope", "Restricted" if alert.exercise else "Public")
    if alert.exercise:
        _add(top, "restriction", "Bara för dem som övar.")
        _add(top, "note", f"ÖVNING {alert.slug}. Det här är en övning. Inget av det har hänt.")
    if alert.references:
        _add(top, "references", " ".join(alert.references))
    _add(top, "incidents", alert.slug)
    for info in alert.infos:
        _info(top, alert, info)
    return bytes(
        ElementTree.tostring(top, encoding="utf-8", xml_declaration=True, default_namespace=CAP)
    )


def _info(top: ElementTree.Element, alert: Alert, info: Info) -> None:
    part = _add(top, "info")
    _add(part, "language", TAGS[info.lang])
    _add(part, "category", "Safety")
    _add(part, "event", info.event)
    _add(part, "responseType", info.weight.response)
    _add(part, "urgency", info.weight.urgency)
    _add(part, "severity", info.weight.severity)
    _add(part, "certainty", info.weight.certainty)
    _add(part, "senderName", alert.sender_name)
    _add(part, "headline", info.headline)
    if info.description:
        _add(part, "description", info.description)
    if info.instruction:
        _add(part, "instruction", info.instruction)
    _add(part, "web", info.web)
    _add(part, "contact", alert.contact)
    if alert.promise_at is not None:
        parameter = _add(part, "parameter")
        _add(parameter, "valueName", "nextWordLatest")
        _add(parameter, "value", moment(alert.promise_at))
    _add(_add(part, "area"), "areaDesc", alert.area)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{CAP}}}{name}")
    element.text = None if text is None else for_xml(text)
    return element
