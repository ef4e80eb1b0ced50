"""The measures of health in words. Pure."""

from __future__ import annotations

from accounts import formats
from accounts.words import gettext, gettext_noop, ngettext
from usage.scoring import health
from usage.scoring.health_facts import LOOK_BACK_DAYS
from usage.scoring.scorecard import HealthBand, HealthMeasure, Scorecard, Source

STATES = {
    Source.SENTIMENT: (gettext_noop("Red"), gettext_noop("Yellow"), gettext_noop("Green")),
    Source.MANUAL: (gettext_noop("Red"), gettext_noop("Yellow"), gettext_noop("Green")),
    Source.SUCCESS_PLAN: (
        gettext_noop("no open plan with an objective"),
        gettext_noop("begun: a draft, or strategy or highlights are empty"),
        gettext_noop("active, with an objective, strategy and highlights"),
    ),
    Source.URGENT_CASES: (
        gettext_noop("no urgent case"),
        gettext_noop("an urgent case was closed within 7 days"),
        gettext_noop("an urgent case is open"),
    ),
}
NOTHING = {
    Source.SENTIMENT: gettext_noop("no sentiment was set"),
    Source.SUPPORT_VOLUME: gettext_noop("no support case in the month"),
    Source.URGENT_CASES: gettext_noop("no support case lately"),
    Source.NPS: gettext_noop("no answer lately"),
    Source.CSAT: gettext_noop("no answer lately"),
    Source.MANUAL: gettext_noop("nobody has judged it"),
}
NOT_RECORDED = {
    Source.SUCCESS_PLAN: gettext_noop("no success plans were kept then"),
    Source.MEETING_AGE: gettext_noop("no calls or meetings were noted then"),
    Source.PERSONAS: gettext_noop("nobody noted then who took part in calls and meetings"),
}


def number_in_words(measure: HealthMeasure, number: float) -> str:
    """What a measure's number says: "35 days since the last call or meeting"."""
    source = Source(measure.source)
    if source in STATES:
        return gettext(STATES[source][int(number)])
    if source is Source.SUPPORT_VOLUME:
        return ngettext(
            "%(count)s case in the month", "%(count)s cases in the month", int(number)
        ) % {"count": f"{int(number):,}"}
    if source is Source.NPS:
        return f"NPS {formats.signed(number, 0)}"
    if source is Source.CSAT:
        return gettext("%(number)s of 5") % {"number": formats.number(number)}
    if source is Source.PERSONAS:
        return gettext("%(count)s of %(all)s took part in three months") % {
            "count": int(number),
            "all": len(measure.personas),
        }
    days = formats.plural(int(number), "day")
    if number >= LOOK_BACK_DAYS:
        return gettext("%(days)s or more since the last call or meeting") % {"days": days}
    return gettext("%(days)s since the last call or meeting") % {"days": days}


def reason(measure: HealthMeasure, why: str, card: Scorecard) -> str:
    """Why a measure is NA."""
    source = Source(measure.source)
    if why == health.OTHER_SEGMENT:
        return gettext("not judged for this segment")
    if why == health.FIRST_DAYS:
        return gettext("not judged in an account's first %(days)s") % {
            "days": formats.plural(card.first_days, "day")
        }
    if why == health.STALE:
        return gettext("older than %(days)s") % {
            "days": formats.plural(measure.stale_after_days or 0, "day")
        }
    if why == health.NOT_RECORDED:
        return gettext(NOT_RECORDED.get(source, gettext_noop("not recorded")))
    return gettext(NOTHING.get(source, gettext_noop("not known")))


def bounds(measure: HealthMeasure, priority: int | None = None) -> str:
    """The bands of a measure that is no mere state: "Green ≤ 35 · Yellow · Red > 60"."""
    if measure.source in STATES:
        return ""
    bands = measure.bands if priority is None else measure.bands_for(priority)
    return " · ".join(_band(band, names_priority=priority is None) for band in bands)


def holds(band: HealthBand, number: float) -> bool:
    """Whether a number lies in a band."""
    above = (
        band.lower is None or number > band.lower or (band.lower_closed and number == band.lower)
    )
    below = (
        band.upper is None or number < band.upper or (band.upper_closed and number == band.upper)
    )
    return above and below


def _band(band: HealthBand, *, names_priority: bool) -> str:
    sides = []
    if band.lower is not None:
        sides.append(f"{'≥' if band.lower_closed else '>'} {formats.number(band.lower)}")
    if band.upper is not None:
        sides.append(f"{'≤' if band.upper_closed else '<'} {formats.number(band.upper)}")
    is_told = names_priority and band.priority is not None
    text = formats.band_text(band.color, sides)
    if not is_told:
        return text
    return gettext("%(band)s (priority %(priority)s)") % {"band": text, "priority": band.priority}
