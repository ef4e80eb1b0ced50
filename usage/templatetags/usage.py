"""What pages of several apps say about the usage data."""

from __future__ import annotations

from django import template
from django.utils import timezone

from usage.models import Edition
from usage.periods import period_of

register = template.Library()


@register.inclusion_tag("usage/_no_edition.html")
def no_edition() -> dict[str, bool]:
    """Say that nothing can be scored, and what to do, where no edition is in force; one query."""
    this_month = period_of(timezone.now())
    return {"is_missing": not Edition.objects.in_force_at(this_month).exists()}
