"""LinkedIn: posts of an organisation, for an app that LinkedIn has let into its Community
Management API.

Documentation: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
(create, find by author, partial update, delete) and …/shares/images-api (pictures).

The answer to a post is 201, an empty body, and the post's URN in the header `x-restli-id`: that
header is the proof. There is no key. The same text again is refused with 422, and the refusal names
the post that has it: where that post is of our organisation, of this round and says our words, it
is ours and the answer to an earlier attempt was lost. In every other case a person must look.
A post of the organisation is listed late at times, so what isn't listed may be out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels import linkedin_api as api
from channels.api_base import api_base, host_of
from channels.contract import (
    Ask,
    Edit,
    InOrder,
    Picture,
    Post,
    Rate,
    Readiness,
    Receipt,
    Removal,
    digest,
    refuse_exercise,
    refuse_too_long,
)
from channels.failures import BadSettings, ChannelError, Reason, Refused, Unknown
from channels.linkedin_api import Duplicate, LinkedInSettings
from channels.linkedin_probe import probe
from channels.pictures import left_out, taken
from channels.platforms import PLATFORMS
from channels.preparing import preparing
from channels.reading import is_ours
from channels.words import N_

if TYPE_CHECKING:
    from channels.counting import Limit
    from channels.http import Client

LATEST = 10


class LinkedIn(InOrder):
    kind = "linkedin"
    asks: tuple[Ask, ...] = (
        Ask("organisation", N_("Organisationens id"), help=N_("Siffrorna i sidans adress.")),
        Ask("token", N_("Nyckel"), "secret", help=N_("En access token gäller i 60 dagar.")),
        Ask(
            "client_id",
            N_("Appens id"),
            help=N_("Fyll i det för att få veta när nyckeln går ut."),
        ),
        Ask("client_secret", N_("Appens hemlighet"), "secret"),
    )
    concurrency = 2
    unlimited = False
    # Daily, per app and per organisation, and shown in LinkedIn's developer portal only.
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> LinkedInSettings:
        """Settings: organisation, client_id (optional). Secret: token, client_secret (with it)."""
        organisation = str(settings.get("organisation", ""))
        if not (organisation.isascii() and organisation.isdigit()):
            raise BadSettings("organisation", N_("Skriv kontots id, bara siffror."))
        client_id, client_secret = settings.get("client_id"), secret.get("client_secret")
        if bool(client_id) != bool(client_secret):
            name = "client_secret" if client_id else "client_id"
            raise BadSettings(name, N_("Fyll i både appens id och dess hemlighet, eller ingen."))
        return LinkedInSettings(
            api=api_base(settings, "https://api.linkedin.com"),
            login=api_base(settings, "https://www.linkedin.com"),
            organisation=organisation,
            token=_key("token", secret.get("token")),
            client_id=_key("client_id", client_id) if client_id else "",
            client_secret=_key("client_secret", client_secret) if client_secret else "",
        )

    def honours_key(self, settings: LinkedInSettings) -> bool:
        return False

    def pacing_key(self, settings: LinkedInSettings) -> str:
        credential = hashlib.sha256(settings.token.encode()).hexdigest()[:16]
        return f"{self.kind}:{host_of(settings.api)}:{credential}"

    def fingerprint(self, settings: LinkedInSettings) -> str:
        return digest(self.kind, settings.api, settings.organisation)

    def limit(self, settings: LinkedInSettings) -> Limit:
        """Of the text as it shows: escapes don't count."""
        return PLATFORMS["linkedin"].limit

    def can_edit(self, settings: LinkedInSettings) -> bool:
        return True

    def can_delete(self, settings: LinkedInSettings) -> bool:
        return True

    def can_read_back(self, settings: LinkedInSettings) -> bool:
        return True

    def absence_proves(self, settings: LinkedInSettings) -> bool:
        return False

    async def publish(self, client: Client, settings: LinkedInSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        value: dict[str, Any] = {
            "author": settings.urn,
            "commentary": api.escaped(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        async with preparing(client):
            images = await taken(
                client, post, post.pictures, lambda one: _uploaded(client, settings, one)
            )
        if images:
            one = {"media": images[0]}
            value["content"] = one if len(images) == 1 else {"multiImage": {"images": images}}
        try:
            answer = await api.ask(client, settings, "POST", "posts", value=value)
        except Duplicate as error:
            if found := await self._named(client, settings, post, error.urn):
                return found
            raise
        urn = answer.headers.get("x-restli-id", "")
        if not api.is_urn(urn):
            raise Unknown(Reason.BAD_ANSWER, f"{answer.status} without x-restli-id")
        note = left_out(len(post.pictures) - len(images), len(post.pictures))
        return Receipt(remote_id=urn, link=_link(urn), text=post.text, note=note)

    async def edit(self, client: Client, settings: LinkedInSettings, change: Edit) -> Receipt:
        refuse_exercise(change)
        refuse_too_long(self.limit(settings), change)
        value = {"patch": {"$set": {"commentary": api.escaped(change.text)}}}
        path = f"posts/{api.quoted(change.remote_id)}"
        await api.ask(client, settings, "POST", path, restli="PARTIAL_UPDATE", value=value)
        link = _link(change.remote_id)
        return Receipt(remote_id=change.remote_id, link=link, text=change.text)

    async def delete(self, client: Client, settings: LinkedInSettings, removal: Removal) -> None:
        """Documented as idempotent; a 404 says the same."""
        refuse_exercise(removal)
        path = f"posts/{api.quoted(removal.remote_id)}"
        try:
            await api.ask(client, settings, "DELETE", path, restli="DELETE")
        except Refused as error:
            if not error.detail.startswith("404"):
                raise

    async def read_back(
        self, client: Client, settings: LinkedInSettings, post: Post
    ) -> Receipt | None:
        query = f"author={api.quoted(settings.urn)}&q=author&count={LATEST}&sortBy=CREATED"
        answer = await api.ask(client, settings, "GET", f"posts?{query}", restli="FINDER")
        listed = answer.json().get("elements")
        if not isinstance(listed, list):
            raise Unknown(Reason.BAD_ANSWER, "no list of posts")
        found = (_found(settings, post, one) for one in listed)
        return next((receipt for receipt in found if receipt), None)

    async def probe(self, client: Client, settings: LinkedInSettings) -> Readiness:
        return await probe(client, settings)

    async def _named(
        self, client: Client, settings: LinkedInSettings, post: Post, urn: str
    ) -> Receipt | None:
        """The post that a refusal names, if it is this one. Posts are named that were deleted or
        never came to be: then nothing is known."""
        if not urn:
            return None
        try:
            answer = await api.ask(client, settings, "GET", f"posts/{api.quoted(urn)}")
            return _found(settings, post, answer.json())
        except ChannelError:
            return None


async def _uploaded(client: Client, settings: LinkedInSettings, picture: Picture) -> dict[str, str]:
    """A picture that no post shows yet, as a post names it."""
    value = {"initializeUploadRequest": {"owner": settings.urn}}
    path = "images?action=initializeUpload"
    told = (await api.ask(client, settings, "POST", path, value=value)).json().get("value")
    told = told if isinstance(told, dict) else {}
    address, urn = str(told.get("uploadUrl", "")), str(told.get("image", ""))
    host = urlsplit(address).hostname or ""
    # The token goes along: to nobody else.
    if not host.endswith(".linkedin.com") and host != urlsplit(settings.api).hostname:
        raise Refused(Reason.ADDRESS, "an upload address of somebody else's")
    headers = {
        "Authorization": f"Bearer {settings.token}",
        "Content-Type": picture.media_type,
    }
    answer = await client.request("PUT", address, body=picture.data, headers=headers)
    if not 200 <= answer.status < 300:
        raise api.failure(answer)
    return {"id": urn, "altText": picture.alt}


def _found(settings: LinkedInSettings, post: Post, shown: object) -> Receipt | None:
    """A receipt for `shown` (as the API tells of a post) if it is `post`. Times are in ms."""
    if not isinstance(shown, dict) or shown.get("author") != settings.urn:
        return None
    if shown.get("lifecycleState", "PUBLISHED") != "PUBLISHED" or not api.is_urn(shown.get("id")):
        return None
    made = shown.get("createdAt")
    made_at = made / 1000 if isinstance(made, int) else None
    commentary = shown.get("commentary")
    if not isinstance(commentary, str):
        return None
    urn = shown["id"]
    for text in (api.plain(commentary), commentary):
        if is_ours(post, text, made_at):
            return Receipt(remote_id=urn, link=_link(urn), text=text)
    return None


def _key(name: str, value: object) -> str:
    good = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    if not good or not value:
        raise BadSettings(name, N_("Klistra in nyckeln som den är."))
    return str(value)


def _link(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"
