from __future__ import annotations

import logging
import re
import time
import zoneinfo
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from structlog.contextvars import bind_contextvars, bound_contextvars, unbind_contextvars

from accounts import caller

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


FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "X-Permitted-Cross-Domain-Policies": "none",
}


class SecurityHeadersMiddleware:
    """Headers that neither Django nor the policy of content sets."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimitMiddleware:
    """Refuse a body that is too large before any of it is read.

    Without a Content-Length there is no body for WSGI. The parsers of the API have limits of their
    own besides, of what a body is uncompressed.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path.startswith("/api/")
        most = settings.API_BODY_BYTES if is_api else settings.PAGE_BODY_BYTES
        length = request.headers.get("content-length") or "0"
        if not length.isdecimal() or int(length) <= most:
            return self.get_response(request)
        text = gettext("The body is larger than %(most)s bytes.") % {"most": f"{most:,}"}
        if is_api:
            fault = {"code": "body_too_large", "detail": text, "attr": None}
            return JsonResponse({"type": "client_error", "errors": [fault]}, status=413)
        return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")


class TimeZoneMiddleware:
    """Show times in the signed-in person's zone; everything inside stays UTC."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            return self.get_response(request)


class CallerMiddleware:
    """Say who the work is done for, to the audit log; and to the caller how often it may still call."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        bound = caller.bind(request)
        try:
            response = self.get_response(request)
        finally:
            caller.unbind(bound)
        limit = getattr(request, "limit", None)
        if limit is not None:
            for name, value in limit.headers().items():
                response[name] = value
        return response


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
