"""Reads the URL configuration, so that no URL can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.cast import Cast
from tests.access.routes import ROUTES, Kind


def walk(
    resolver: URLResolver, path: str = "/", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    """Name with its namespaces, path as it is configured, and pattern of every URL."""
    for pattern in resolver.url_patterns:
        below = path + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from walk(pattern, below, inside)
        else:
            yield ":".join((*spaces, pattern.name or below)), below, pattern


FOUND = list(walk(get_resolver()))
PATHS = {name: path for name, path, _ in FOUND}
PATTERNS = {name: pattern for name, _, pattern in FOUND}
OURS = sorted(name for name in PATHS if not name.startswith("admin:"))
OF_THE_ADMIN = sorted(name for name in PATHS if name.startswith("admin:") and name != "admin:login")


def named(*kinds: Kind) -> list[str]:
    return [name for name in OURS if name in ROUTES and ROUTES[name].kind in kinds]


def address(name: str, world: Cast) -> str:
    if name == "api-nothing":
        return "/api/nothing/"
    return reverse(name, kwargs=ROUTES[name].arguments(world)) + ROUTES[name].query


def filled(path: str) -> str:
    """A path of the admin with a 1, or the first word of a choice, for each argument."""
    path = re.sub(r"<[^>]+>", "1", re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", path))
    return re.sub(r"\(\?P1[^)]*\)", "1", path).rstrip("$")


def told(response: HttpResponseBase) -> str:
    return b"".join(response).decode(errors="replace").lower()


def is_sent_to_sign_in(response: HttpResponseBase) -> bool:
    location = response.headers.get("Location") or response.headers.get("HX-Redirect", "")
    return location.startswith(reverse("login"))
