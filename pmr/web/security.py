"""Headers that bound what a browser does with our answers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, request


def install(app: Flask, rpc_urls: Iterable[str]) -> None:
    """Set the headers on every answer; over TLS also the one that keeps browsers on TLS (RFC 6797, 7.2)."""
    fixed = security_headers(rpc_urls)

    @app.after_request
    def add_headers(answer: Response) -> Response:
        answer.headers.update(fixed)
        if request.is_secure:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not (_is_private(request.path) and answer.cache_control):  # a view may know better
            answer.headers["Cache-Control"] = "no-store" if _is_private(request.path) else "no-cache"
        return answer


def security_headers(rpc_urls: Iterable[str] = ()) -> dict[str, str]:
    """The headers of every answer, for a page that also asks the chain at `rpc_urls`."""
    return {
        "Content-Security-Policy": content_security_policy(rpc_urls),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def content_security_policy(rpc_urls: Iterable[str]) -> str:
    """Everything from this origin alone; connections also to the chain's endpoints (their origins)."""
    connect = " ".join(dict.fromkeys(["'self'", *(origin_of(url) for url in rpc_urls)]))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src {connect}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _is_private(path: str) -> bool:
    return path.startswith("/api/") or path in {"/healthz", "/readyz"}


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: what may follow can be a secret of the endpoint's user."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
