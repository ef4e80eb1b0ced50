from __future__ import annotations

from itertools import chain

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from rest_framework.settings import api_settings

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.pagination import StandardCursorPagination
from config.limits import measures
from config.limits.figures import Unit, amount, worst
from usage.api.bodies import BULK_BYTES, SENT_BYTES

BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@ability_required(Ability.CONFIGURE)
@require_GET
@never_cache
def limits(request: PersonRequest) -> HttpResponse:
    groups = measures.groups(timezone.now())
    figures = list(chain.from_iterable(group.figures for group in groups))
    context = {
        "groups": groups,
        "worst": worst(figures),
        "pressing": [figure for figure in figures if figure.is_pressing],
        "fixed": fixed_limits(),
    }
    return render(request, "limits/limits.html", context)


def fixed_limits() -> list[tuple[str, str]]:
    """What a caller runs into however empty the disk is."""
    rate = api_settings.DEFAULT_THROTTLE_RATES["caller"]
    return [
        (gettext("A form or an API call"), amount(BODY_BYTES, Unit.BYTES)),
        (gettext("Payloads in one call, as sent"), amount(SENT_BYTES, Unit.BYTES)),
        (gettext("Payloads in one call, unpacked"), amount(BULK_BYTES, Unit.BYTES)),
        (gettext("Results on a page of the API"), f"{StandardCursorPagination.max_page_size:,}"),
        (
            gettext("Calls of one token or person"),
            str(rate).replace("/", " a ").replace("min", "minute"),
        ),
    ]
