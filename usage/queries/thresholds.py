"""An edition as people read it: bands, weights and levels in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop, ngettext

from accounts import formats
from usage import health_words
from usage.scoring.edition import Band, Edition, Measure, UseCase
from usage.scoring.scorecard import HealthGroup, HealthMeasure, Source

SEPARATOR = " · "


@dataclass(frozen=True)
class AgeBands:
    """The bands of a measure for accounts of one age."""

    age: str  # "" where they hold for all
    text: str


@dataclass(frozen=True)
class MeasureSheet:
    measure: Measure
    formula: str
    bands: tuple[AgeBands, ...]
    sample: str = ""  # which ratios are too small to be judged


@dataclass(frozen=True)
class UseCaseSheet:
    use_case: UseCase
    measures: tuple[MeasureSheet, ...]
    limits: str  # which plans and deployments it applies to
    share: float | None  # of the overall score, where everything is available
    settling: str = ""  # what makes a drop of a lower colour, where that is more than the colour


@dataclass(frozen=True)
class WeightRow:
    """A part of a composite; `share` is its part of that composite, `overall` of the whole score."""

    code: str
    name: str
    weight: float
    share: float
    overall: float
    depth: int


@dataclass(frozen=True)
class LevelRow:
    name: str
    text: str


@dataclass(frozen=True)
class HealthSheet:
    """A measure of the health scorecard."""

    measure: HealthMeasure
    source: str
    bands: str
    notes: str  # whom it is for, when it is old


@dataclass(frozen=True)
class HealthGroupSheet:
    group: HealthGroup
    share: float | None  # of the overall score, where everything is available
    measures: tuple[HealthSheet, ...]


def health_sheets(edition: Edition) -> tuple[HealthGroupSheet, ...]:
    """The groups of an edition's scorecard; none where it has none."""
    if edition.scorecard is None:
        return ()
    shares = {row.code: row.overall for row in weight_rows(edition)}
    return tuple(
        HealthGroupSheet(
            group, shares.get(group.code), tuple(_health_sheet(each) for each in group.measures)
        )
        for group in edition.scorecard.groups
    )


def _all_of(names: Iterable[str]) -> str:
    return gettext(" and ").join(names)


def _health_sheet(measure: HealthMeasure) -> HealthSheet:
    return HealthSheet(
        measure=measure,
        source=gettext(SOURCES[Source(measure.source)]),
        bands=health_words.bounds(measure) or SEPARATOR.join(_states(measure)),
        notes=SEPARATOR.join(filter(None, _notes(measure))),
    )


def _states(measure: HealthMeasure) -> Iterator[str]:
    """A state's colour and what it is: "Red: an urgent case is open"."""
    for number, text in enumerate(health_words.STATES[Source(measure.source)]):
        color = next((b.color for b in measure.bands if health_words.holds(b, number)), formats.NA)
        name = formats.color_name(color)
        yield name if text == color else f"{name}: {gettext(text)}"


def _notes(measure: HealthMeasure) -> Iterator[str]:
    if measure.overrides:
        yield gettext("Red makes the whole Red")
    if measure.flagged_after_days is not None:
        yield gettext("marked as old after %(days)s") % {
            "days": formats.plural(measure.flagged_after_days, "day")
        }
    if measure.stale_after_days is not None:
        yield gettext("NA after %(days)s") % {
            "days": formats.plural(measure.stale_after_days, "day")
        }
    if measure.segments:
        yield gettext("%(names)s only") % {"names": _all_of(measure.segments)}
    if measure.except_segments:
        yield gettext("not for %(names)s") % {"names": _all_of(measure.except_segments)}
    if measure.counts_from_first_day:
        yield gettext("counts from the first day")


SOURCES = {
    Source.SENTIMENT: gettext_noop("the newest sentiment on the timeline"),
    Source.SUCCESS_PLAN: gettext_noop("success plans and their objectives"),
    Source.SUPPORT_VOLUME: gettext_noop("support cases opened in the month"),
    Source.URGENT_CASES: gettext_noop("urgent support cases"),
    Source.NPS: gettext_noop("promoters less detractors among the answers"),
    Source.CSAT: gettext_noop("the mean of the answers"),
    Source.MEETING_AGE: gettext_noop("calls and meetings on the timeline"),
    Source.PERSONAS: gettext_noop("who took part in calls and meetings, from outside"),
    Source.MANUAL: gettext_noop("set by hand"),
}


def use_case_sheets(edition: Edition) -> tuple[UseCaseSheet, ...]:
    shares = {row.name: row.overall for row in weight_rows(edition)}
    return tuple(
        UseCaseSheet(
            use_case=use_case,
            measures=tuple(_measure_sheet(measure) for measure in use_case.measures),
            limits=limits_text(use_case),
            share=shares.get(use_case.name),
            settling=SEPARATOR.join(_settling(use_case)),
        )
        for use_case in edition.use_cases
    )


def weight_rows(edition: Edition) -> tuple[WeightRow, ...]:
    """The tree of weights below the overall score, parents before their parts."""
    return tuple(_weights_below(edition, edition.overall, overall=1.0, depth=0))


def level_rows(edition: Edition) -> tuple[LevelRow, ...]:
    below: float | None = None
    rows = []
    for level in edition.levels:
        sides = [
            "" if below is None else gettext("above %(bound)s") % {"bound": formats.number(below)},
            ""
            if level.up_to is None
            else gettext("up to %(bound)s") % {"bound": formats.number(level.up_to)},
        ]
        rows.append(LevelRow(level.name, " ".join(filter(None, sides)) or gettext("any score")))
        below = level.up_to
    return tuple(rows)


def _weights_below(
    edition: Edition, code: str, *, overall: float, depth: int
) -> Iterator[WeightRow]:
    composite = next((each for each in edition.composites if each.code == code), None)
    if composite is None:
        return
    total = sum(weight for _, weight in composite.weights)
    names = {use_case.code: use_case.name for use_case in edition.use_cases}
    if edition.scorecard is not None:
        names |= {group.code: group.name for group in edition.scorecard.groups}
    for child, weight in composite.weights:
        share = weight / total
        name = names.get(child, child.replace("_", " ").capitalize())
        yield WeightRow(child, name, weight, share, share * overall, depth)
        yield from _weights_below(edition, child, overall=share * overall, depth=depth + 1)


def limits_text(use_case: UseCase) -> str:
    """Which plans and deployments it is for; nothing where it is for all."""
    return SEPARATOR.join(filter(None, _limits(use_case)))


def _limits(use_case: UseCase) -> Iterator[str]:
    if use_case.plans:
        yield gettext("%(names)s only") % {"names": _all_of(use_case.plans)}
    if use_case.deployments:
        yield gettext("%(names)s only") % {"names": _all_of(use_case.deployments)}


def _measure_sheet(measure: Measure) -> MeasureSheet:
    return MeasureSheet(
        measure, formula_text(measure), tuple(_bands_by_age(measure)), sample=_sample(measure)
    )


def _sample(measure: Measure) -> str:
    if measure.minimum_sample is None:
        return ""
    return gettext("NA where the denominator is below %(number)s") % {
        "number": formats.number(measure.minimum_sample)
    }


def _settling(use_case: UseCase) -> Iterator[str]:
    if (months := use_case.hold_months) > 1:
        yield gettext("a drop counts when it has stood for %(count)d known months") % {
            "count": months
        }
    if use_case.exit_margin:
        yield gettext("a drop begins %(margin)s beyond its bound") % {"margin": _margin(use_case)}
    if months := use_case.recovery_months:
        yield ngettext(
            "it has recovered after %(count)d known month back where it fell from",
            "it has recovered after %(count)d known months back where it fell from",
            months,
        ) % {"count": months}


def _margin(use_case: UseCase) -> str:
    measure = use_case.judged_measure
    if measure is None:
        return gettext("%(number)s points") % {"number": formats.number(use_case.exit_margin)}
    return formats.value_text(use_case.exit_margin, is_share=measure.is_share)


def formula_text(measure: Measure) -> str:
    numerator = _term_text(measure.numerator.operation, measure.numerator.keys)
    if measure.denominator is None:
        return numerator
    return f"{numerator} / {_term_text(measure.denominator.operation, measure.denominator.keys)}"


def _term_text(operation: str, keys: tuple[str, ...]) -> str:
    if len(keys) == 1 and operation != "count_positive":
        return keys[0]
    if operation == "sum":
        return f"({' + '.join(keys)})"
    if operation == "difference":
        return f"({f' {formats.MINUS} '.join(keys)})"
    words = {
        "first": gettext("first known of"),
        "count_positive": gettext("how many are above 0 of"),
    }
    return f"{words[operation]} ({', '.join(keys)})"


def _bands_by_age(measure: Measure) -> Iterator[AgeBands]:
    ages = sorted({(band.age_from or 0, band.age_to) for band in measure.bands}, key=_from_age)
    if ages and ages[0][0] > 0:
        yield AgeBands(
            gettext("under %(months)s") % {"months": formats.plural(ages[0][0], "month")},
            formats.color_name(formats.NA),
        )
    for first, last in ages:
        text = bands_text(measure.bands_at(first), is_share=measure.is_share)
        yield AgeBands(_age_text(first, last), text)


def _from_age(age: tuple[int, int | None]) -> int:
    return age[0]


def _age_text(first: int, last: int | None) -> str:
    if last is None:
        if not first:
            return ""
        return gettext("from %(months)s") % {"months": formats.plural(first, "month")}
    return gettext("%(first)s to %(last)s months") % {"first": first, "last": last}


def bands_text(bands: tuple[Band, ...], *, is_share: bool) -> str:
    """From the lowest to the highest: "Red ≤ 0.1 · Yellow · Green > 0.33"."""
    ascending = sorted(bands, key=lambda band: float("-inf") if band.lower is None else band.lower)
    return SEPARATOR.join(_band_text(band, is_share=is_share) for band in ascending)


def _band_text(band: Band, *, is_share: bool) -> str:
    """A band between two others needs no bounds of its own: its neighbours say them."""
    if band.lower is None and band.upper is not None:
        bound = formats.value_text(band.upper, is_share=is_share)
        return _joined(formats.color_name(band.color), "≤" if band.upper_closed else "<", bound)
    if band.upper is None and band.lower is not None:
        bound = formats.value_text(band.lower, is_share=is_share)
        return _joined(formats.color_name(band.color), "≥" if band.lower_closed else ">", bound)
    return formats.color_name(band.color)


def _joined(*words: str) -> str:
    """Words that no line break parts."""
    return formats.NBSP.join(words)
