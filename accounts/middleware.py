from __future__ import annotations

import logging
import re
import time
import zoneinfo
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

Answer = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECRET_ARGUMENTS = {"token"}  # of a path, such as the one that resets a password
PROBES = {"livez", "readyz", "metrics"}  # asked every few seconds

access = logging.getLogger("foothold.access")


class RequestLogMiddleware:
    """Give each request an id, which all its log lines and its answer carry, and log one line of it.

    An id that the caller or a proxy sends is kept, so that one search finds what several systems
    wrote. The query is left out: people paste secrets into searches.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = _request_id(request)
        with bound_contextvars(request_id=request_id):
            try:
                response = self.get_response(request)
                response["X-Request-ID"] = request_id
                _log(request, response, seconds=time.perf_counter() - started)
            finally:
                unbind_contextvars("user_id")  # the thread goes on to serve others
        return response


class LogUserMiddleware:
    """Bind the key of who is signed in to the log lines of the request: a number, never a name."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            bind_contextvars(user_id=request.user.pk)
        return self.get_response(request)


class TimeZoneMiddleware:
    """Show times in the signed-in person's zone; everything inside stays UTC."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            return self.get_response(request)


def _request_id(request: HttpRequest) -> str:
    sent = request.headers.get("X-Request-ID", "")
    return sent if REQUEST_ID.fullmatch(sent) else uuid4().hex


def _log(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    match = request.resolver_match
    route = match.view_name if match else ""
    is_quiet = route in PROBES or request.path.startswith(settings.STATIC_URL)
    level = logging.DEBUG if is_quiet and response.status_code < 400 else logging.INFO
    fields: dict[str, Any] = {
        "method": request.method,
        "path": _path(request),
        "route": route,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 1),
    }
    access.log(level, "request", extra=fields)


def _path(request: HttpRequest) -> str:
    arguments = request.resolver_match.kwargs if request.resolver_match else {}
    path = request.path
    for name in SECRET_ARGUMENTS & set(arguments):
        path = path.replace(str(arguments[name]), "[hidden]")
    return path
