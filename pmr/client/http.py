"""HTTP with bounds: one request, one answer of limited size, one `PmrError` for whatever fails."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from pmr.errors import AccessError, ConfigError, NotFound, PmrError, ServerUnavailable

CONNECT_SECONDS = 5
READ_SECONDS = 120
PROBLEM_LIMIT = 1 << 16
_PIECE = 1 << 16


class Http:
    """Requests to one server."""

    def __init__(self, base_url: str, session: requests.Session | None = None, *, ca: str = "") -> None:
        """Talk to `base_url` (http or https, without a path); raise `ConfigError` for another form.

        `ca` is a PEM file of authorities to trust in the place of the public ones.
        """
        self.base_url = _origin(base_url)
        self._session = session or requests.Session()
        # No proxies, no ~/.netrc: either could redirect or replace what this client sends.
        self._session.trust_env = False
        if ca:
            self._session.verify = _existing(ca)

    def call(  # noqa: PLR0913 - the last four are named and have defaults
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 1 << 20,
        also: Container[int] = (),
    ) -> bytes:
        """Give the body of an answer of at most `limit` bytes whose status is 2xx, or one of `also`.

        Raises `ServerUnavailable` when nothing sensible answers, else what the problem document names.
        """
        return self.tagged(method, path, body=body, headers=headers, limit=limit, also=also)[0]

    def tagged(  # noqa: PLR0913 - as `call`
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 1 << 20,
        also: Container[int] = (),
    ) -> tuple[bytes, str]:
        """Give what `call` gives, and the answer's ETag as it stands; empty for none."""
        try:
            with self._send(method, path, body, headers) as answer:
                return _read(answer, limit, also), str(answer.headers.get("ETag", ""))
        except requests.RequestException as error:
            raise ServerUnavailable(self._advice(error)) from None

    def json(
        self,
        method: str,
        path: str,
        value: Any = None,
        headers: dict[str, str] | None = None,
        *,
        also: Container[int] = (),
    ) -> Any:
        """Send and receive JSON; `None` is sent as no body."""
        body = None if value is None else json.dumps(value).encode()
        kind = {"Content-Type": "application/json"} if body else {}
        answer = self.call(method, path, body=body, headers=kind | (headers or {}), limit=1 << 22, also=also)
        try:
            return json.loads(answer) if answer else None
        except ValueError:
            raise ServerUnavailable(f"{self.base_url}{path} did not answer in JSON.") from None

    def headers(self, path: str) -> Mapping[str, str]:
        """The headers of the answer to a GET, whatever its status; raise `ServerUnavailable`."""
        try:
            with self._send("GET", path, None, None) as answer:
                return answer.headers
        except requests.RequestException as error:
            raise ServerUnavailable(self._advice(error)) from None

    def close(self) -> None:
        """Let go of the connection that is kept for the next request."""
        self._session.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None
    ) -> requests.Response:
        return self._session.request(
            method,
            self.base_url + path,
            data=body,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )

    def _advice(self, error: requests.RequestException) -> str:
        if isinstance(error, requests.exceptions.SSLError):
            return f"The certificate of {self.base_url} is not one that this machine trusts; see server_ca."
        reason = "in time" if isinstance(error, requests.Timeout) else ""
        return f"{self.base_url} does not answer {reason}".strip() + ". Is it running? Try `pmr check`."


def _existing(ca: str) -> str:
    if not Path(ca).is_file():
        raise ConfigError(f"server_ca names {ca}, which is no file.")
    return ca


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ConfigError(f"The server's address {url!r} is not of the form http://host:port.")
    return f"{parts.scheme}://{parts.netloc}"


def _read(answer: requests.Response, limit: int, also: Container[int]) -> bytes:
    if answer.status_code in also:
        return _bounded(answer, limit)
    if answer.status_code >= 400:
        raise problem_error(answer.status_code, _bounded(answer, PROBLEM_LIMIT))
    if answer.status_code >= 300:
        raise ServerUnavailable(f"It answered {answer.status_code}, a redirect, which is not followed.")
    return _bounded(answer, limit)


def _bounded(answer: requests.Response, limit: int) -> bytes:
    found = bytearray()
    for piece in answer.iter_content(_PIECE):
        found += piece
        if len(found) > limit:
            raise ServerUnavailable(f"It sent more than the {limit} bytes that were expected.")
    return bytes(found)


def problem_error(status: int, body: bytes) -> PmrError:
    """Give the error that an RFC 9457 problem names; by its status where the name is unknown."""
    problem = _problem(body)
    slug = re.split(r"[/:#]", str(problem.get("type", "")))[-1]
    detail = str(problem.get("detail", "") or "")
    found = _by_slug(PmrError, slug)
    if found is not None:
        return found(detail)
    return _by_status(status)(f"It answered {status}. {detail}".strip())


def _problem(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _by_slug(base: type[PmrError], slug: str) -> type[PmrError] | None:
    if base.slug() == slug:
        return base
    return next((found for kind in base.__subclasses__() if (found := _by_slug(kind, slug))), None)


def _by_status(status: int) -> type[PmrError]:
    if status == 404:
        return NotFound
    return AccessError if status < 500 else ServerUnavailable
