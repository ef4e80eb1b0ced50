from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For who sends METRICS_TOKEN as a bearer; without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    sent = request.headers.get("Authorization", "")
    if not constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        refused = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    from config.metrics import exposition  # an extra: it may not be installed where this is off

    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
