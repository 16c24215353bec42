"""The certificate that a server shows, and whether this machine trusts it."""

from __future__ import annotations

import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from pmr.client.http import CONNECT_SECONDS
from pmr.errors import ServerUnavailable, UnsafeConnection


class Certificate(NamedTuple):
    """What of it matters here."""

    ends: int
    """Unix seconds."""
    protocol: str
    """As `TLSv1.3`."""


def read_certificate(url: str, ca: str = "") -> Certificate:
    """Ask the server at an https URL; `ca` is a PEM file of authorities to trust, empty for the public ones.

    Raises `UnsafeConnection` for a certificate that is not trusted, `ServerUnavailable`.
    """
    parts = urlsplit(url)
    host, context = parts.hostname or "", ssl.create_default_context(cafile=ca or DEFAULT_CA_BUNDLE_PATH)
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout=CONNECT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return _read(secure)
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no TLS"
        raise UnsafeConnection(f"{url}: {reason}.") from None
    except OSError as error:
        raise ServerUnavailable(f"{url} cannot be reached: {error.strerror or error}.") from None


def _read(secure: ssl.SSLSocket) -> Certificate:
    shown = secure.getpeercert() or {}
    return Certificate(int(ssl.cert_time_to_seconds(str(shown["notAfter"]))), secure.version() or "")
