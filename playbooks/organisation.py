"""What holds for everybody who works here, wherever they live."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings

from playbooks.business_days import local_day


def organisation_day(now: datetime) -> date:
    """The day it is now for the organisation: snoozes end with it."""
    return local_day(now, settings.ORGANISATION_TIME_ZONE)
