"""A Telegram channel or group, by a bot that may post there: core.telegram.org/bots/api.

Sending knows no key and a bot can't read what it has sent: a lost answer is for a person to see.
Texts go as they are, without markup; Telegram makes links of addresses by itself. Previews of
pages are turned off: they are cached, and would go on showing what no longer applies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from channels.contract import (
    Ask,
    Edit,
    Pin,
    Post,
    Rate,
    Readiness,
    Receipt,
    Removal,
    Unseen,
    digest,
    refuse_exercise,
    refuse_too_long,
)
from channels.counting import Counting, Limit, count
from channels.failures import BadSettings, Reason, Reauthorise, Refused, Unknown
from channels.multipart import form
from channels.pictures import left_out
from channels.striking import stretches
from channels.telegram_api import (
    GONE,
    NO_TEXT,
    NOT_CHANGED,
    NOT_PINNED,
    PINNED_ALREADY,
    TelegramSettings,
    ask,
    call,
)
from channels.web_address import host, origin
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client

SERVER = "https://api.telegram.org"
TEXT = Limit(4096, Counting.UTF16)
CAPTION = Limit(1024, Counting.UTF16)
_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_CHAT = re.compile(r"@[A-Za-z]\w{3,}|-?\d{1,20}", re.ASCII)


class Telegram(Unseen):
    kind = "telegram"
    asks = (
        Ask("chat", N_("Kanal"), help=N_("@namn, eller kanalens nummer.")),
        Ask("server", N_("Annan server för Bot API"), help=N_("Tomt: Telegrams egen.")),
        Ask("token", N_("Botens nyckel"), "secret", N_("Den som BotFather gav.")),
    )
    # core.telegram.org/bots/faq: one message a second in a chat; one at a time keeps the order.
    # Who sends more is shut out for half a minute or more, in all its chats.
    concurrency = 1
    unlimited = False
    rate: Rate | None = Rate(1, 1.0)

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> TelegramSettings:
        """Settings: chat, server (optional). Secret: token."""
        chat = str(settings.get("chat") or "").strip()
        if not _CHAT.fullmatch(chat):
            raise BadSettings("chat", N_("Ange kanalen som @namn eller nummer."))
        token = secret.get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise BadSettings("token", N_("Ange botens nyckel: siffror, kolon och tecken."))
        server = origin("server", settings.get("server") or SERVER)
        return TelegramSettings(server=server, chat=chat, token=token)

    def honours_key(self, settings: TelegramSettings) -> bool:
        return False

    def pacing_key(self, settings: TelegramSettings) -> str:
        """Per chat, as the pace is: one bot's channels don't wait for each other."""
        credential = digest(settings.token, settings.chat.lower())[:16]
        return f"{self.kind}:{host(settings.server)}:{credential}"

    def fingerprint(self, settings: TelegramSettings) -> str:
        return digest(self.kind, settings.server, settings.chat.lower())

    def limit(self, settings: TelegramSettings) -> Limit:
        return TEXT

    def can_edit(self, settings: TelegramSettings) -> bool:
        return True

    def can_delete(self, settings: TelegramSettings) -> bool:
        """For 48 hours; later it is refused, and a person does it in the app."""
        return True

    async def publish(self, client: Client, settings: TelegramSettings, post: Post) -> Receipt:
        """With its first picture where the text fits under one. A picture that is refused has
        published nothing: then the words go without it."""
        refuse_exercise(post)
        refuse_too_long(TEXT, post)
        pictures = len(post.pictures)
        if post.pictures and not CAPTION.over(post.text):
            fields = {"chat_id": settings.chat, "caption": post.text}
            body, media_type = form(fields, "photo", post.pictures[0])
            try:
                sent = await call(client, settings, "sendPhoto", body, media_type)
                return _receipt(settings, sent, post.text, left_out(pictures - 1, pictures))
            except Reauthorise:
                raise
            except Refused:
                pass
        sent = await call(client, settings, "sendMessage", _message(settings, post.text))
        return _receipt(settings, sent, post.text, left_out(pictures, pictures))

    async def edit(self, client: Client, settings: TelegramSettings, change: Edit) -> Receipt:
        """A post with a picture has a caption for its text, and says so when asked to change it."""
        refuse_exercise(change)
        refuse_too_long(TEXT, change)
        remote_id = _message_id(change.remote_id)
        struck = _struck(change.text, change.struck)
        try:
            body = _message(settings, change.text, message_id=remote_id, entities=struck)
            await call(client, settings, "editMessageText", body)
        except Refused as error:
            if NO_TEXT in error.detail.lower():
                refuse_too_long(CAPTION, change)
                await self._edit_caption(client, settings, change, remote_id, struck)
            elif NOT_CHANGED not in error.detail.lower():
                raise
        link = _link(settings.chat, change.remote_id)
        return Receipt(remote_id=change.remote_id, link=link, text=change.text)

    async def delete(self, client: Client, settings: TelegramSettings, removal: Removal) -> None:
        refuse_exercise(removal)
        gone = {"chat_id": settings.chat, "message_id": _message_id(removal.remote_id)}
        try:
            await call(client, settings, "deleteMessage", json.dumps(gone).encode())
        except Refused as error:
            if GONE not in error.detail.lower():
                raise

    def can_pin(self, settings: TelegramSettings) -> bool:
        return True

    async def pin(self, client: Client, settings: TelegramSettings, pin: Pin) -> None:
        """Above what is pinned already, without a sound. The chat gets a line that says so."""
        refuse_exercise(pin)
        given = _pinned(settings, pin) | {"disable_notification": True}
        await self._set(client, settings, "pinChatMessage", given, PINNED_ALREADY)

    async def unpin(self, client: Client, settings: TelegramSettings, pin: Pin) -> None:
        """This message: without its number, Telegram would take down the newest that is pinned."""
        refuse_exercise(pin)
        await self._set(client, settings, "unpinChatMessage", _pinned(settings, pin), NOT_PINNED)

    async def probe(self, client: Client, settings: TelegramSettings) -> Readiness:
        """Who the bot is, which chat it is, and whether it may post there."""
        try:
            bot = _object(await ask(client, settings, "getMe"))
            chat = _object(await ask(client, settings, "getChat", chat_id=settings.chat))
            member = _object(
                await ask(
                    client, settings, "getChatMember", chat_id=settings.chat, user_id=bot.get("id")
                )
            )
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        name = chat.get("username")
        missing = _missing(str(chat.get("type")), member)
        return Readiness(
            account=f"@{name}" if name else str(chat.get("title") or settings.chat),
            reason=Reason.RIGHTS if missing else None,
            detail=f"bot=@{bot.get('username')} chat={chat.get('type')}",
            missing=missing,
        )

    async def _set(
        self,
        client: Client,
        settings: TelegramSettings,
        method: str,
        given: dict[str, Any],
        done: tuple[str, ...],
    ) -> None:
        """`done`: words of a refusal that says that it is so already."""
        try:
            await call(client, settings, method, json.dumps(given).encode())
        except Refused as error:
            if not any(words in error.detail.lower() for words in done):
                raise

    async def _edit_caption(
        self,
        client: Client,
        settings: TelegramSettings,
        change: Edit,
        remote_id: int,
        struck: list[dict[str, Any]],
    ) -> None:
        body = {"chat_id": settings.chat, "message_id": remote_id, "caption": change.text}
        if struck:
            body["caption_entities"] = struck
        try:
            await call(client, settings, "editMessageCaption", json.dumps(body).encode())
        except Refused as error:
            if NOT_CHANGED not in error.detail.lower():
                raise


def _message(
    settings: TelegramSettings,
    text: str,
    *,
    message_id: int | None = None,
    entities: list[dict[str, Any]] | None = None,
) -> bytes:
    body: dict[str, Any] = {
        "chat_id": settings.chat,
        "text": text,
        "link_preview_options": {"is_disabled": True},
    }
    if message_id is not None:
        body["message_id"] = message_id
    if entities:
        body["entities"] = entities
    return json.dumps(body).encode()


def _pinned(settings: TelegramSettings, pin: Pin) -> dict[str, Any]:
    return {"chat_id": settings.chat, "message_id": _message_id(pin.remote_id)}


def _struck(text: str, sentences: tuple[str, ...]) -> list[dict[str, Any]]:
    """Where each sentence stands, in UTF-16 units."""
    return [
        {
            "type": "strikethrough",
            "offset": count(text[:start], Counting.UTF16),
            "length": count(text[start:end], Counting.UTF16),
        }
        for start, end in stretches(text, sentences)
    ]


def _receipt(settings: TelegramSettings, sent: Any, text: str, note: str | None) -> Receipt:
    message = _object(sent)
    message_id = message.get("message_id")
    if not isinstance(message_id, int) or isinstance(message_id, bool):
        raise Unknown(Reason.BAD_ANSWER, "no message_id")
    name = _object(message.get("chat")).get("username")
    chat = f"@{name}" if isinstance(name, str) and _CHAT.fullmatch(f"@{name}") else settings.chat
    return Receipt(
        remote_id=str(message_id), link=_link(chat, str(message_id)), text=text, note=note
    )


def _link(chat: str, message_id: str) -> str | None:
    """t.me, by name, or by the number of a channel (-100…), which only its members can follow."""
    if chat.startswith("@"):
        return f"https://t.me/{chat[1:]}/{message_id}"
    return f"https://t.me/c/{chat[4:]}/{message_id}" if chat.startswith("-100") else None


def _message_id(remote_id: str) -> int:
    if not (remote_id.isascii() and remote_id.isdigit()):
        raise Refused(Reason.TURNED_DOWN, "not a message of Telegram's")
    return int(remote_id)


def _missing(kind: str, member: dict[str, Any]) -> tuple[str, ...]:
    """In a channel only administrators post, by a right of its own; in a group whoever is there."""
    status = member.get("status")
    right = "can_post_messages" if kind == "channel" else "can_send_messages"
    always = ("creator",) if kind == "channel" else ("creator", "administrator", "member")
    return () if status in always or member.get(right) is True else (right,)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
