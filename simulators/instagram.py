"""A simulated Instagram account with one linked Page, after
developers.facebook.com/docs/instagram-platform/content-publishing and
…/instagram-graph-api/reference/error-codes.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from simulators.containers import ContainerSimulator
from simulators.graph import Fields
from simulators.meta_login import MetaLogin


class Instagram(MetaLogin, ContainerSimulator):
    CREATE, PUBLISH, STATUS = "media", "media_publish", "status_code"
    QUOTA = "content_publishing_limit"
    TEXT = "caption"
    SCOPES = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
    TOKEN_TYPE = "PAGE"
    LIMIT_CODE, LIMIT_TYPE = 80002, "instagram"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.pages = {"546349135390552": self.NAME}
        self.professional = {"546349135390552": (self.ACCOUNT, self.NAME)}

    def account_routes(self, version: str) -> Iterable[web.RouteDef]:
        yield from self.login_routes(version)
        yield from super().account_routes(version)

    def refusal(self, fields: Fields) -> web.Response | None:
        if "image_url" not in fields and fields.get("media_type") != "CAROUSEL":
            return self.error(100, None, "(#100) The parameter image_url is required")
        if fields.get("image_url", ".jpg").endswith(".png"):
            return self.error(36001, 2207005, "The image format is not supported")
        if len(fields.get("caption", "")) > 2_200:
            return self.error(36004, 2207010, "The caption was too long")
        return None
