"""Numbers, money and days in the words of the pages. Pure; imports nothing of Django."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from accounts.words import gettext, gettext_noop, ngettext

NA = "NA"
MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
MOST_COUNTED = 10_000  # rows of a long list; what is counted whole may be more
DAYS_UNTIL_YEARS = 400  # a renewal further away than this is told in years
MONEY_STEPS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NEGATIVE_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")
COLOR_WORDS = {"G": "Green", "Y": "Yellow", "R": "Red", "N": NA}
COLOR_TEXTS = {
    gettext_noop("Green"), gettext_noop("Yellow"), gettext_noop("Red"), gettext_noop("NA"),
    gettext_noop("G"), gettext_noop("Y"), gettext_noop("R"),
}  # fmt: skip
# What the pages count. `plural` says any other noun in English.
COUNTED: dict[str, Callable[[int], str]] = {
    "account": lambda n: ngettext("%(count)s account", "%(count)s accounts", n),
    "account month": lambda n: ngettext("%(count)s account month", "%(count)s account months", n),
    "call to action": lambda n: ngettext(
        "%(count)s call to action", "%(count)s calls to action", n
    ),
    "case": lambda n: ngettext("%(count)s case", "%(count)s cases", n),
    "customer": lambda n: ngettext("%(count)s customer", "%(count)s customers", n),
    "day": lambda n: ngettext("%(count)s day", "%(count)s days", n),
    "major": lambda n: ngettext("%(count)s major", "%(count)s majors", n),
    "month": lambda n: ngettext("%(count)s month", "%(count)s months", n),
    "outcome": lambda n: ngettext("%(count)s outcome", "%(count)s outcomes", n),
    "scored outcome": lambda n: ngettext(
        "%(count)s scored outcome", "%(count)s scored outcomes", n
    ),
    "seat": lambda n: ngettext("%(count)s seat", "%(count)s seats", n),
    "second": lambda n: ngettext("%(count)s second", "%(count)s seconds", n),
    "task": lambda n: ngettext("%(count)s task", "%(count)s tasks", n),
}
MONTHS = (
    gettext_noop("Jan"), gettext_noop("Feb"), gettext_noop("Mar"), gettext_noop("Apr"),
    gettext_noop("May"), gettext_noop("Jun"), gettext_noop("Jul"), gettext_noop("Aug"),
    gettext_noop("Sep"), gettext_noop("Oct"), gettext_noop("Nov"), gettext_noop("Dec"),
)  # fmt: skip
WEEKDAYS = (
    gettext_noop("Mon"), gettext_noop("Tue"), gettext_noop("Wed"), gettext_noop("Thu"),
    gettext_noop("Fri"), gettext_noop("Sat"), gettext_noop("Sun"),
)  # fmt: skip

Amount = float | Decimal


def trimmed(text: str) -> str:
    """A decimal number without the zeros that say nothing: 1.30 is 1.3, 2.00 is 2."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def minus(text: str) -> str:
    return text.replace("-", MINUS)


def money(value: Amount | None) -> str:
    """Money in three digits: $412k, $1.31M."""
    if value is None:
        return gettext(NA)
    amount = float(value)
    sign, size = (MINUS if amount < 0 else ""), abs(amount)
    for step, letter in MONEY_STEPS:
        if size >= step * 0.9995:  # 999,600 is $1M, not $1000k
            return f"{sign}${_three_digits(size / step, keep_whole=letter == 'k')}{letter}"
    return f"{sign}${size:,.0f}"


def _three_digits(value: float, *, keep_whole: bool) -> str:
    if value >= 99.95 or (keep_whole and value >= 9.95):
        return f"{value:.0f}"
    return trimmed(f"{value:.1f}" if value >= 9.995 or keep_whole else f"{value:.2f}")


def money_exact(value: Amount | None) -> str:
    """Money to the cent, as a title beside the short form: $412,300 or $412,300.50."""
    if value is None:
        return gettext(NA)
    return minus(
        f"{value:,.2f}".replace("-", "-$") if value < 0 else f"${value:,.2f}"
    ).removesuffix(".00")


def number(value: Amount | None) -> str:
    """A measured number in about three digits, thousands grouped: 39,346, 38.2, 1.25, 0.004."""
    if value is None:
        return gettext(NA)
    amount = float(value)
    size = abs(amount)
    if size >= 99.95:
        return minus(f"{amount:,.0f}")
    if size >= 9.995:
        return minus(trimmed(f"{amount:.1f}"))
    if size >= 0.01 or size == 0:
        return minus(trimmed(f"{amount:.2f}"))
    return minus(trimmed(f"{amount:.2g}" if size >= 0.0001 else f"{amount:.6f}"))


def share(value: Amount | None, digits: int | None = None) -> str:
    """A share as per cent: 0.712 is 71 %; below a tenth one decimal tells more: 8.3 %."""
    if value is None:
        return gettext(NA)
    percent = float(value) * 100
    if digits is None:
        digits = 1 if 0 < abs(percent) < 9.95 else 0
    return minus(f"{trimmed(f'{percent:,.{digits}f}')}{NBSP}%")


def value_text(value: Amount | None, *, is_share: bool) -> str:
    """A measure's value as its unit wants it; a share keeps a decimal: bounds are whole per cents."""
    return share(value, 1) if is_share else number(value)


def points(value: float | None) -> str:
    """A score 0-100 without decimals, or NA."""
    return gettext(NA) if value is None else minus(f"{value:.0f}")


def points_exact(value: float | None) -> str:
    """A score 0-100 with one decimal, or NA."""
    return gettext(NA) if value is None else minus(f"{value:.1f}")


def signed(value: float | None, digits: int = 0) -> str:
    """A change with its sign, minus being the real one; unknown is NA."""
    if value is None:
        return gettext(NA)
    text = f"{abs(value):,.{digits}f}"
    if not float(text.replace(",", "")):
        return f"±{NBSP}0"
    return f"{MINUS if value < 0 else '+'}{NBSP}{text}"


def signed_number(value: float) -> str:
    """A change of a measured number, in as many digits as such a number has."""
    if not value:
        return f"±{NBSP}0"
    return f"{MINUS if value < 0 else '+'}{NBSP}{number(abs(value))}"


def count_so_far(count: int) -> str:
    """A count that may have been given up at one more than anybody reads on for: 10,000+."""
    return f"{MOST_COUNTED:,}+" if count == MOST_COUNTED + 1 else f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 account, 2 accounts."""
    if one in COUNTED:
        return COUNTED[one](count) % {"count": f"{count:,}"}
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def day_text(day: date, *, today: date) -> str:
    """12 Sep, and the year where it is not this one: 12 Sep 2025."""
    parts = {"day": day.day, "month": gettext(MONTHS[day.month - 1]), "year": day.year}
    if day.year == today.year:
        return gettext("%(day)s %(month)s") % parts
    return gettext("%(day)s %(month)s %(year)s") % parts


def days_in_words(day: date | None, *, today: date) -> str:
    """How far a day is from today: in 58 days, tomorrow, today, yesterday, 64 days ago."""
    if day is None:
        return gettext(NA)
    days = (day - today).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in near:
        return near[days]
    count = abs(days)
    if count <= DAYS_UNTIL_YEARS:
        text = (
            ngettext("in %(count)s day", "in %(count)s days", count)
            if days > 0
            else ngettext("%(count)s day ago", "%(count)s days ago", count)
        )
        return text % {"count": count}
    text = gettext("in %(count)s years") if days > 0 else gettext("%(count)s years ago")
    return text % {"count": trimmed(f"{count / 365.25:.1f}")}


def due_in_words(day: date | None, *, today: date) -> str:
    """A due date as a queue says it: 2 days late, today, tomorrow, Thu, 1 Dec."""
    if day is None:
        return gettext(NA)
    days = (day - today).days
    if days < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -days) % {
            "count": f"{-days:,}"
        }
    if days <= 1:
        return (gettext("today"), gettext("tomorrow"))[days]
    return gettext(WEEKDAYS[day.weekday()]) if days < 7 else day_text(day, today=today)


def color_word(letter: str) -> str:
    """The colour that a letter of a score card stands for; nothing stands for NA."""
    return COLOR_WORDS.get(letter, NA)


def color_name(text: str) -> str:
    """A colour's word or letter in the reader's language; any other text as it is."""
    return gettext(text) if text in COLOR_TEXTS else text


def band_text(color: str, sides: Sequence[str]) -> str:
    """Where a colour holds: "Green > 40", "Yellow > 2 and ≤ 40", "Red always"."""
    bounds = gettext(" and ").join(sides) or gettext("always")
    return f"{color_name(color)} {bounds}"


def month_text(day: date) -> str:
    """Sep 2025."""
    parts = {"month": gettext(MONTHS[day.month - 1]), "year": day.year}
    return gettext("%(month)s %(year)s") % parts


def csv_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, nothing is empty."""
    if value is None:
        return ""
    if (
        isinstance(value, str)
        and value.startswith(FORMULA_STARTS)
        and not NEGATIVE_NUMBER.fullmatch(value)
    ):
        return f"'{value}"
    return value
