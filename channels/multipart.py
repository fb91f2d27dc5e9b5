"""A form with a file in it (RFC 7578), as the bytes that `channels.http.Client` sends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from channels.contract import Picture

_ENDING = {"image/png": "png", "image/jpeg": "jpg"}


def form(fields: Mapping[str, str], name: str, picture: Picture) -> tuple[bytes, str]:
    """The body and its Content-Type. Names are ours; nothing a person wrote stands in a header."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    ending = _ENDING.get(picture.media_type, "bin")
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
        f'filename="picture.{ending}"\r\nContent-Type: {picture.media_type}\r\n\r\n'.encode()
    )
    parts.append(picture.data)
    parts.append(f"\r\n--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
