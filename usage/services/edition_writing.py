"""An edition as its YAML file says it: the way back of edition_files, field by field of the same forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from rest_framework import serializers

from accounts.yaml_files import OneLine
from usage.models import Measure
from usage.periods import format_period
from usage.scoring import edition as scored
from usage.scoring import scorecard
from usage.services.edition_files import EditionFile, EditionIn, MeasureIn, UseCaseIn
from usage.services.scorecard_files import HealthGroupIn, HealthIn, HealthMeasureIn


def document(file: EditionFile) -> dict[str, Any]:
    """What the file holds, in the order of its form, without what is so anyway; read again it is the same.

    The note is not part of it: it is said once, when the edition is published.
    """
    content = file.edition
    red, yellow, green = map(number, content.points)
    health = content.scorecard
    return _said(
        EditionIn(),
        content,
        description=file.description.strip(),
        status=str(file.status),
        in_force_from=format_period(file.in_force_from) if file.in_force_from else None,
        note="",
        points=OneLine(red=red, yellow=yellow, green=green),
        score_bounds=OneLine(
            red_up_to=number(content.red_up_to), yellow_up_to=number(content.yellow_up_to)
        ),
        levels=[_level(level) for level in content.levels],
        composites={
            composite.code: {code: number(weight) for code, weight in composite.weights}
            for composite in content.composites
        },
        use_cases=[_use_case(use_case) for use_case in content.use_cases],
        health=_health(health) if health else None,
    )


def number(value: Any) -> Any:
    """25.0 as 25, as a person writes it; what is no number stays."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def interval(band: scored.Band | scorecard.HealthBand) -> str:
    """Bounds as the files say them: (-inf, 0.1]."""
    left = "[" if band.lower_closed and band.lower is not None else "("
    right = "]" if band.upper_closed and band.upper is not None else ")"
    lower = "-inf" if band.lower is None else repr(number(band.lower))
    upper = "inf" if band.upper is None else repr(number(band.upper))
    return f"{left}{lower}, {upper}{right}"


def _said(form: serializers.Serializer[Any], value: object, **made: Any) -> dict[str, Any]:
    """The fields of a form: those that are made otherwise, the others as the value has them."""
    said: dict[str, Any] = {}
    for name, field in form.fields.items():
        told = made[name] if name in made else getattr(value, name)
        told = list(told) if isinstance(told, tuple) else number(told)
        if field.required or told != _default(field):
            said[name] = told
    return said


def _default(field: serializers.Field[Any, Any, Any, Any]) -> object:
    if field.default is serializers.empty:
        return None
    default: object = field.default() if callable(field.default) else field.default
    return default


def _level(level: scored.Level) -> dict[str, Any]:
    up_to = {} if level.up_to is None else {"up_to": number(level.up_to)}
    return OneLine(name=level.name, **up_to)


def _use_case(use_case: scored.UseCase) -> dict[str, Any]:
    return _said(UseCaseIn(), use_case, measures=[_measure(each) for each in use_case.measures])


def _measure(measure: scored.Measure) -> dict[str, Any]:
    zero = Measure.ZeroDenominator
    return _said(
        MeasureIn(),
        measure,
        share=measure.is_share,
        numerator=_term(measure.numerator),
        denominator=_term(measure.denominator) if measure.denominator else None,
        zero_denominator=str(zero.NA if measure.zero_denominator_is_na else zero.ZERO),
        bands=_rows(measure.bands, _ages, "age"),
    )


def _term(term: scored.Term) -> dict[str, Any]:
    return (OneLine if len(term.keys) == 1 else dict)({term.operation: list(term.keys)})


def _ages(band: scored.Band) -> str | None:
    if band.age_from is None and band.age_to is None:
        return None
    return f"{band.age_from or 0}-{'' if band.age_to is None else band.age_to}"


def _rows(bands: Sequence[Any], limit_of: Callable[[Any], Any], name: str) -> list[OneLine]:
    """Bands of one age or priority as one row, as long as no colour comes twice in it."""
    rows: list[OneLine] = []
    for limit, group in groupby(bands, limit_of):
        row = OneLine({name: limit} if limit is not None else {})
        for band in group:
            color = band.color.lower()
            if color in row:
                rows.append(row)
                row = OneLine({name: limit} if limit is not None else {})
            row[color] = interval(band)
        rows.append(row)
    return rows


def _health(card: scorecard.Scorecard) -> dict[str, Any]:
    return _said(HealthIn(), card, groups=[_group(group) for group in card.groups])


def _group(group: scorecard.HealthGroup) -> dict[str, Any]:
    return _said(HealthGroupIn(), group, measures=[_health_measure(m) for m in group.measures])


def _health_measure(measure: scorecard.HealthMeasure) -> dict[str, Any]:
    return _said(
        HealthMeasureIn(),
        measure,
        bands=_rows(measure.bands, lambda band: band.priority, "priority"),
    )
