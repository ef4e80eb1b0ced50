"""What the health page asks of its page object with an argument."""

from __future__ import annotations

from django import template

from accounts.models import TimelineActivity
from playbooks.queries.health import HealthPage
from usage import health_words
from usage.explain_health import MeasureLine

register = template.Library()


@register.filter
def source_of(page: HealthPage, line: MeasureLine) -> TimelineActivity | None:
    """The entry of the timeline that a measure comes from."""
    return page.source_of(line)


@register.filter
def bounds_for(line: MeasureLine, priority: int) -> str:
    """The bands of a measure for accounts of that priority."""
    return health_words.bounds(line.measure, priority)
