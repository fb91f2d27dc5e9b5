"""Whether LinkedIn would take a post: roles, rights, and when the token dies (after 60 days).

Documentation: learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/
organization-access-control-by-role and …/linkedin/shared/authentication/token-introspection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels import linkedin_api as api
from channels.contract import Readiness
from channels.failures import ChannelError, Reason, Refused
from channels.linkedin_api import LinkedInSettings

if TYPE_CHECKING:
    from channels.http import Client

MAY_POST = frozenset({"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR"})
SCOPES = ("w_organization_social", "r_organization_social")
ROLES_SCOPE = "rw_organization_admin"
"""Without it nobody can tell whose the organisation is."""


async def probe(client: Client, settings: LinkedInSettings) -> Readiness:
    """May whoever gave the token post for the organisation, with this token, and how long?"""
    query = "organizationAcls?q=roleAssignee&state=APPROVED"
    try:
        answer = await api.ask(client, settings, "GET", query, restli="FINDER")
        roles = _roles(answer.json().get("elements"), settings.urn)
    except Refused as error:
        lacking = (ROLES_SCOPE,) if error.reason is Reason.RIGHTS else ()
        return Readiness(reason=error.reason, detail=error.detail, missing=lacking)
    if not roles:
        return Readiness(reason=Reason.WRONG_ACCOUNT)
    token = await _about_token(client, settings)
    granted = str(token.get("scope", "")).replace(",", " ").split()
    missing = tuple(scope for scope in SCOPES if granted and scope not in granted)
    if not roles & MAY_POST:
        missing += ("ADMINISTRATOR",)
    expires_at = token.get("expires_at")
    reason = Reason.RIGHTS if missing else None
    return Readiness(
        account=await _name(client, settings),
        reason=Reason.CREDENTIALS if token.get("active") is False else reason,
        missing=missing,
        expires_at=float(expires_at) if isinstance(expires_at, int) else None,
    )


async def _about_token(client: Client, settings: LinkedInSettings) -> Mapping[str, Any]:
    """What LinkedIn says of the token to the app that it was made for; empty where it won't."""
    if not settings.client_id:
        return {}
    fields = {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "token": settings.token,
    }
    try:
        answer = await client.request(
            "POST",
            f"{settings.login}/oauth/v2/introspectToken",
            body=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return answer.json() if answer.status == 200 else {}
    except ChannelError:
        return {}


async def _name(client: Client, settings: LinkedInSettings) -> str | None:
    try:
        answer = await api.ask(client, settings, "GET", f"organizations/{settings.organisation}")
        name = answer.json().get("localizedName")
    except ChannelError:
        return None
    return name if isinstance(name, str) else None


def _roles(listed: object, urn: str) -> set[str]:
    rows = listed if isinstance(listed, list) else []
    return {
        str(row.get("role"))
        for row in rows
        if isinstance(row, dict) and urn in (row.get("organization"), row.get("organizationTarget"))
    }
