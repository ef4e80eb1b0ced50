"""Filters that say numbers and days in words: thin, over `accounts.formats`."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils import timezone

from accounts import formats
from accounts.markdown import CleanHTML, render

register = template.Library()

for each in (
    formats.money,
    formats.money_exact,
    formats.number,
    formats.count_so_far,
    formats.points,
    formats.points_exact,
    formats.color_word,
    formats.color_name,
):
    register.filter(each.__name__, each)


@register.filter
def markdown(text: str) -> CleanHTML:
    """What a person wrote, as safe HTML."""
    return render(text)


@register.filter
def color_class(color: str) -> str:
    """The stylesheet's class of a colour word: g, y, r, na."""
    return (
        color[:1].lower() if color in formats.COLOR_WORDS.values() and color != formats.NA else "na"
    )


@register.filter
def share(value: formats.Amount | None, digits: int | None = None) -> str:
    return formats.share(value, digits)


@register.filter
def signed(value: float | None, digits: int = 0) -> str:
    return formats.signed(value, digits)


@register.filter
def plural(count: int, nouns: str) -> str:
    """`{{ count|plural:"account" }}`, `{{ count|plural:"reply,replies" }}`."""
    return formats.plural(count, *nouns.split(","))


@register.filter
def days_in_words(moment: date | None, today: date | None = None) -> str:
    """In 58 days, 64 days ago; a time is its day in the person's zone."""
    return formats.days_in_words(_local_day(moment), today=today or timezone.localdate())


@register.filter
def due_in_words(moment: date | None, today: date | None = None) -> str:
    return formats.due_in_words(_local_day(moment), today=today or timezone.localdate())


@register.filter
def day(moment: date | None, today: date | None = None) -> str:
    """12 Sep, with the year where it is another one."""
    local = _local_day(moment)
    return (
        formats.NA
        if local is None
        else formats.day_text(local, today=today or timezone.localdate())
    )


def _local_day(moment: date | None) -> date | None:
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment
