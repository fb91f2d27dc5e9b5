"""What every answer tells the browser not to do."""

from __future__ import annotations

from flask import Flask, Response, request

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Everything from this origin, nothing inline: a text that slipped through as markup does
nothing."""


def install(app: Flask, *, https: bool) -> None:
    """Set the headers; a view may be stricter, and sets its own Cache-Control."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        # Other sites hear nothing, as is needed where the address is the key. We do: over https a
        # form's origin is checked by it, so a page with a form must not say "no-referrer".
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if https and request.is_secure:
            # RFC 6797, 7.2: never over http.
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        # A file that is sent says "no-cache" by itself, and would be kept.
        unsaid = headers.get("Cache-Control", "no-cache") == "no-cache"
        if request.endpoint != "static" and unsaid:
            # Shared computers: nothing of the console is left in the browser's store.
            headers["Cache-Control"] = "no-store"
        return response
