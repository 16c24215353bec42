"""What must be true before the server listens: nobody's token travels a network in the clear."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from urllib.parse import urlsplit

from pmr.config import Config
from pmr.errors import ConfigError
from pmr.web.proxies import parse_proxies


def check_exposure(config: Config) -> None:
    """Raise `ConfigError` unless browsers reach the server over TLS, or from this machine alone."""
    public, proxies = urlsplit(config.public_address), parse_proxies(config.trusted_proxies)
    secure = public.scheme == "https"
    if config.tls_certificate or config.tls_key:
        _check_certificate(config)
        _demand(secure, "public_url must begin with https, since the server speaks TLS.")
    elif proxies:
        here = secure or _is_local(public.hostname or "")
        _demand(here, "public_url must begin with https: the proxy that trusted_proxies names speaks TLS.")
    else:
        _demand(not secure, "public_url begins with https, but nobody speaks TLS. " + _ADVICE)
        here = _is_local(config.host)
        _demand(here, f"The server would speak plain http to the network at {config.host}. " + _ADVICE)


_ADVICE = "Set tls_certificate and tls_key, or name the reverse proxy in trusted_proxies."


def _check_certificate(config: Config) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A key under a password would be asked for at the terminal.
        context.load_cert_chain(config.tls_certificate, config.tls_key, password=lambda: b"")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not readable"
        raise ConfigError(
            f"tls_certificate {config.tls_certificate!r} and tls_key {config.tls_key!r} cannot be used: "
            f"{reason}. Both must be PEM files that belong together, the key without a password."
        ) from None


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _demand(true: bool, otherwise: str) -> None:
    if not true:
        raise ConfigError(otherwise)
