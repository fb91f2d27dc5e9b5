"""What the WordPress channel asks of a site, and what the answers mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from channels.contract import Picture
from channels.failures import Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer, Client

_COPIES = 20
"""A slug that is taken becomes `…-2`, `…-3`; one in the trash `…__trashed`. So many drafts would
need as many requests whose answers were lost, each still at work as the next looked."""
_FIELDS = {"_fields": "id,slug,status,link"}
_GONE = frozenset({"rest_post_invalid_id", "rest_already_trashed"})
_WAIT = frozenset({408, 425, 429})
_ENDING = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class WordPressSettings:
    site: str
    """Address of the site, without a slash at the end."""
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Article:
    """A post of any status: publish, draft, pending, future, private, trash."""

    id: int
    status: str
    link: str | None


async def with_slug(client: Client, settings: WordPressSettings, slug: str) -> list[Article]:
    """Everything with our slug, whatever became of it."""
    names = [slug, *(f"{slug}-{copy}" for copy in range(2, _COPIES + 1))]
    query = {
        "slug": ",".join([*names, *(f"{name}__trashed" for name in names)]),
        # `any` leaves the trash out, unless it is named beside it.
        "status": "any,trash",
        "per_page": "100",
    }
    answer = await _ask(client, settings, "GET", "posts", query | _FIELDS)
    _expect_login(answer)
    _expect(answer)
    try:
        values = json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list):
        raise Unknown(Reason.BAD_ANSWER, f"{answer.status} without a list")
    return [_article(value) for value in values]


async def with_id(client: Client, settings: WordPressSettings, remote_id: str) -> Article | None:
    """The post, whatever became of it; None: it is deleted, past the trash."""
    query = {"context": "edit"} | _FIELDS
    answer = await _ask(client, settings, "GET", _post(remote_id), query)
    return None if _code(answer) in _GONE else _article(_object(answer))


async def create(client: Client, settings: WordPressSettings, value: dict[str, Any]) -> Article:
    answer = await _ask(client, settings, "POST", "posts", _FIELDS, value)
    return _article(_object(answer))


async def change(
    client: Client, settings: WordPressSettings, remote_id: str, value: dict[str, Any]
) -> Article:
    answer = await _ask(client, settings, "POST", _post(remote_id), _FIELDS, value)
    return _article(_object(answer))


async def erase(client: Client, settings: WordPressSettings, remote_id: str) -> None:
    """Past the trash. What isn't there is no error, but an address without such an API is one."""
    query = {"force": "true"} | _FIELDS
    answer = await _ask(client, settings, "DELETE", _post(remote_id), query)
    if _code(answer) not in _GONE:
        _expect(answer)


async def upload(client: Client, settings: WordPressSettings, picture: Picture) -> int:
    """The picture's id in the site's library.

    Raises:
        Refused: neither PNG nor JPEG; otherwise as every request.
    """
    ending = _ENDING.get(picture.media_type)
    if ending is None:
        raise Refused(Reason.PICTURE, picture.media_type)
    answer = await client.request(
        "POST",
        _address(settings, "media", {"alt_text": picture.alt, "_fields": "id"}),
        body=picture.data,
        headers=_headers(settings)
        | {
            "Content-Type": picture.media_type,
            "Content-Disposition": f'attachment; filename="bild.{ending}"',
        },
    )
    return _id(_object(answer))


async def myself(client: Client, settings: WordPressSettings) -> dict[str, Any]:
    """The login's name and capabilities."""
    query = {"context": "edit", "_fields": "name,capabilities"}
    return _object(await _ask(client, settings, "GET", "users/me", query))


async def _ask(
    client: Client,
    settings: WordPressSettings,
    method: str,
    path: str,
    query: Mapping[str, str],
    value: dict[str, Any] | None = None,
) -> Answer:
    body = None if value is None else json.dumps(value).encode()
    headers = _headers(settings) | ({} if body is None else {"Content-Type": "application/json"})
    return await client.request(method, _address(settings, path, query), body=body, headers=headers)


def is_gone(error: Refused) -> bool:
    """Whether the site said that the post is deleted."""
    return not _GONE.isdisjoint(error.detail.split())


def _post(remote_id: str) -> str:
    return f"posts/{quote(remote_id, safe='')}"


def _address(settings: WordPressSettings, path: str, query: Mapping[str, str]) -> str:
    return f"{settings.site}/wp-json/wp/v2/{path}?{urlencode(query)}"


def _headers(settings: WordPressSettings) -> dict[str, str]:
    login = base64.b64encode(f"{settings.user}:{settings.password}".encode()).decode()
    return {"Authorization": f"Basic {login}", "Cache-Control": "no-cache"}


def _expect(answer: Answer) -> None:
    """Raises what an answer means, unless it is a yes.

    Errors are `{"code": "rest_…", "message": …, "data": {"status": …}}`. The code is shown; the
    message is in the site's language and may name people.
    """
    status, detail = answer.status, f"{answer.status} {_code(answer)}"
    if 200 <= status < 300:
        return
    if status == 401:
        raise Reauthorise(Reason.CREDENTIALS, detail)
    if status == 403:
        raise Refused(Reason.RIGHTS, detail)
    if status in _WAIT:
        raise Retry(Reason.BUSY, detail, after=answer.retry_after())
    if 400 <= status < 500 or status in (301, 307, 308):
        raise Refused(Reason.TURNED_DOWN, detail)
    raise Unknown(Reason.SERVER_ERROR, detail)


def _expect_login(answer: Answer) -> None:
    """Asked for drafts by somebody it doesn't know, WordPress says that the status is wrong: 400
    rest_invalid_param, with `data.details.status.data.status` 401, or 403 without the right."""
    if answer.status != 400 or _code(answer) != "rest_invalid_param":
        return
    data: Any = answer.json().get("data")
    for name in ("details", "status", "data", "status"):
        data = data.get(name) if isinstance(data, dict) else None
    if data == 401:
        raise Reauthorise(Reason.CREDENTIALS, "401 rest_forbidden_status")
    if data == 403:
        raise Refused(Reason.RIGHTS, "403 rest_forbidden_status")


def _code(answer: Answer) -> str:
    try:
        code = answer.json().get("code")
    except Unknown:
        return ""
    return answer.quote(code)[:60] if isinstance(code, str) and code.isprintable() else ""


def _object(answer: Answer) -> dict[str, Any]:
    _expect(answer)
    return answer.json()


def _article(value: object) -> Article:
    found = value if isinstance(value, dict) else {}
    status, link = found.get("status"), found.get("link")
    if not isinstance(status, str):
        raise Unknown(Reason.BAD_ANSWER, "a post without a status")
    followed = isinstance(link, str) and link.startswith(("https://", "http://"))
    return Article(_id(found), status, link if followed and str(link).isprintable() else None)


def _id(value: dict[str, Any]) -> int:
    found = value.get("id")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise Unknown(Reason.BAD_ANSWER, "no id")
    return found
