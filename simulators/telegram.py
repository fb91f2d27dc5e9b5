"""The Telegram Bot API with one bot and one channel: core.telegram.org/bots/api."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from aiohttp import web

from channels.counting import Counting, count
from simulators.base import Simulator, Taken
from simulators.forms import parts
from simulators.refusal import Refusal

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CHAT = "@torsbykommun"
CHAT_ID = -1001234567890
BOT_ID = 110201543


class Telegram(Simulator):
    def __init__(
        self, port: int = 0, *, status: str = "administrator", may_post: bool = True
    ) -> None:
        """`status` and `may_post` are the bot's in the channel."""
        super().__init__(port)
        self.status, self.may_post = status, may_post
        self.token, self.name, self.number = TOKEN, CHAT, CHAT_ID
        self.may_edit = True
        """The right by which messages are pinned in a channel."""
        self.pinned: list[str] = []
        self.sounds = 0
        """Pins that made a sound."""
        self.takes_pictures = True
        self.old: set[str] = set()
        """Posts of more than 48 hours ago, which can't be deleted."""

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post("/bot{token}/{method}", self.call)]

    def limited(self, after: int | None) -> web.StreamResponse:
        words = "Too Many Requests"
        value: dict[str, Any] = {"ok": False, "error_code": 429, "description": words}
        if after is not None:
            value["description"] = f"{words}: retry after {after}"
            value["parameters"] = {"retry_after": after}
        return web.json_response(value, status=429)

    def dead_key(self) -> web.StreamResponse:
        return web.json_response(_no(401, "Unauthorized"), status=401)

    async def call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            self._fail(401, "Unauthorized")
        form = await parts(request)
        given = {
            name: part.data if part.filename else part.text for name, part in form.items()
        } or json.loads(await request.read() or b"{}")
        methods = {
            "getMe": self.me,
            "getChat": self.chat,
            "getChatMember": self.member,
            "sendMessage": self.send,
            "sendPhoto": self.send_photo,
            "editMessageText": self.edit,
            "editMessageCaption": self.edit_caption,
            "deleteMessage": self.delete,
            "pinChatMessage": self.pin,
            "unpinChatMessage": self.unpin,
        }
        method = methods.get(request.match_info["method"])
        if method is None:
            self._fail(404, "Not Found")
        return web.json_response({"ok": True, "result": method(given)})

    def me(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"id": BOT_ID, "is_bot": True, "first_name": "Torsby", "username": "torsby_bot"}

    def chat(self, given: dict[str, Any]) -> dict[str, Any]:
        if str(given.get("chat_id")) not in (self.name, str(self.number)):
            self._fail(400, "Bad Request: chat not found")
        return {
            "id": self.number, "type": "channel", "title": "Torsby kommun",
            "username": self.name[1:],
        }  # fmt: skip

    def member(self, given: dict[str, Any]) -> dict[str, Any]:
        self.chat(given)
        if given.get("user_id") != BOT_ID:
            self._fail(400, "Bad Request: invalid user_id specified")
        found: dict[str, Any] = {"status": self.status, "user": self.me({})}
        return {**found, "can_post_messages": self.may_post} if _admin(self.status) else found

    def send(self, given: dict[str, Any]) -> dict[str, Any]:
        self._allow(given)
        text = self._fits(str(given.get("text", "")), 4096, "message is too long")
        if not text.strip():
            self._fail(400, "Bad Request: message text is empty")
        return self._take(text, given)

    def send_photo(self, given: dict[str, Any]) -> dict[str, Any]:
        self._allow(given)
        if not self.takes_pictures:
            self._fail(400, "Bad Request: IMAGE_PROCESS_FAILED")
        caption = self._fits(str(given.get("caption", "")), 1024, "message caption is too long")
        return self._take(caption, given)

    def edit(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._one(given, "edit")
        if "photo" in one.extra:
            self._fail(400, "Bad Request: there is no text in the message to edit")
        text = self._fits(str(given.get("text", "")), 4096, "message is too long")
        return self._change(one, text, given.get("entities", []))

    def edit_caption(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._one(given, "edit")
        text = self._fits(str(given.get("caption", "")), 1024, "message caption is too long")
        return self._change(one, text, given.get("caption_entities", []))

    def delete(self, given: dict[str, Any]) -> bool:
        one = self._one(given, "delete")
        if one.remote_id in self.old:
            self._fail(400, "Bad Request: message can't be deleted for everyone")
        one.gone = True
        return True

    def pin(self, given: dict[str, Any]) -> bool:
        self._allow_edits(given)
        one = self._one(given, "pin")
        if one.remote_id in self.pinned:
            self._fail(400, "Bad Request: CHAT_NOT_MODIFIED")
        self.pinned.append(one.remote_id)
        self.sounds += not given.get("disable_notification")
        return True

    def unpin(self, given: dict[str, Any]) -> bool:
        """Without a number, the newest pin."""
        self._allow_edits(given)
        number = str(given.get("message_id", self.pinned[-1] if self.pinned else ""))
        if number not in self.pinned:
            self._fail(400, "Bad Request: message to unpin not found")
        self.pinned.remove(number)
        return True

    def _allow_edits(self, given: dict[str, Any]) -> None:
        self._allow(given)
        if not self.may_edit:
            self._fail(400, "Bad Request: not enough rights to manage pinned messages in the chat")

    def _allow(self, given: dict[str, Any]) -> None:
        self.chat(given)
        if self.status == "left":
            self._fail(403, "Forbidden: bot is not a member of the channel chat")
        if not _admin(self.status) or not self.may_post:
            self._fail(400, "Bad Request: need administrator rights in the channel chat")

    def _fits(self, text: str, most: int, words: str) -> str:
        if count(text, Counting.UTF16) > most:
            self._fail(400, f"Bad Request: {words}")
        return text

    def _take(self, text: str, given: dict[str, Any]) -> dict[str, Any]:
        one = Taken(str(len(self.taken) + 1), self.name, text, extra=dict(given))
        self.taken.append(one)
        return self._message(one)

    def _change(self, one: Taken, text: str, entities: list[Any]) -> dict[str, Any]:
        if (text, entities) == (one.text, one.extra.get("entities", [])):
            self._fail(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        one.text, one.extra["entities"] = text, entities
        one.edits += 1
        return self._message(one)

    def _one(self, given: dict[str, Any], what: str) -> Taken:
        self.chat(given)
        for one in self.shown:
            if one.remote_id == str(given.get("message_id")):
                return one
        self._fail(400, f"Bad Request: message to {what} not found")

    def _message(self, one: Taken) -> dict[str, Any]:
        said = {"caption" if "photo" in one.extra else "text": one.text}
        return {"message_id": int(one.remote_id), "chat": self.chat({"chat_id": self.name}), **said}

    def _fail(self, code: int, words: str) -> NoReturn:
        raise Refusal(code, _no(code, words))


def _admin(status: str) -> bool:
    return status in ("creator", "administrator")


def _no(code: int, words: str) -> dict[str, Any]:
    return {"ok": False, "error_code": code, "description": words}
