"""Every route of the application, as a request: a new one is walked without being named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from flask import Flask

NOTHING: Mapping[str, tuple[str, ...]] = {
    "owner": ("0x" + "11" * 20,),
    "position": ("0",),
    "cid": ("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",),
    "name": ("nothing.js",),
}
_OPEN = {
    "/api/config",
    "/api/events",
    "/api/openapi.json",
    "/api/records",
    "/api/records/<owner>/<position>/history",
    "/api/session/challenge",
}
"""What the API answers to whoever asks."""


@dataclass(frozen=True)
class Request:
    """A method and a path."""

    method: str
    path: str
    rule: str

    @property
    def is_open(self) -> bool:
        """Whether it needs no session: POST /api/session opens one."""
        return self.rule in _OPEN or (self.method, self.path) == ("POST", "/api/session")


def every_request(app: Flask, values: Mapping[str, tuple[str, ...]] = NOTHING) -> Iterator[Request]:
    """Give each route with each method that it has and each combination of values of its parts.

    Raises `KeyError` for a part that has no value: whoever adds one says here how strangers would fill it.
    """
    for rule in app.url_map.iter_rules():
        names = sorted(rule.arguments)
        for chosen in product(*(values[name] for name in names)):
            path = rule.rule
            for name, value in zip(names, chosen, strict=True):
                path = path.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield Request(method, path, rule.rule)
