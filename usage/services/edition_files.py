"""The YAML shape of an edition, checked field by field; what the fields mean together is scoring.validation's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext
from rest_framework import serializers

from accounts.yaml_files import load_yaml
from usage.errors import EditionInvalid, PeriodInvalid
from usage.models import Color, Measure, UseCase
from usage.models import Edition as EditionRow
from usage.periods import parse_period
from usage.scoring.edition import Band, Composite, Edition, Level, Term
from usage.scoring.edition import Measure as ScoredMeasure
from usage.scoring.edition import UseCase as ScoredUseCase
from usage.scoring.settling import FOLLOWED_MONTHS, MOST_HOLD_MONTHS
from usage.services.file_fields import CODE, IntervalField, Strict
from usage.services.scorecard_files import HealthIn, scorecard_of

AGE = re.compile(r"^(\d{1,4})-(\d{0,4})$")
NON_FIELD = "non_field_errors"
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class EditionFile:
    """An edition as its file says, not stored yet.

    `status` and `note` are what `config apply` is to do with it; to store it is to make a draft.
    """

    description: str
    in_force_from: date | None
    edition: Edition
    status: str = EditionRow.Status.DRAFT
    note: str = ""


class TermField(serializers.DictField):
    """One operation and its metrics: {sum: [key paths]}."""

    child = serializers.ListField(child=serializers.CharField(), min_length=1)

    def to_internal_value(self, data: Any) -> Any:
        term = super().to_internal_value(data)
        if len(term) != 1 or next(iter(term)) not in Measure.Operation.values:
            raise serializers.ValidationError(
                gettext("Give one of %(operations)s with a list of metrics.")
                % {"operations": ", ".join(Measure.Operation.values)}
            )
        operation, keys = next(iter(term.items()))
        return Term(operation, tuple(keys))


class AgeField(serializers.CharField):
    """Account age in months: "3-6", or "10-" for 10 and more."""

    def to_internal_value(self, data: Any) -> Any:
        found = AGE.match(super().to_internal_value(data))
        if found is None:
            raise serializers.ValidationError(
                gettext('"%(data)s" is not an age such as "3-6" or "10-".') % {"data": data}
            )
        first, last = int(found[1]), int(found[2]) if found[2] else None
        if last is not None and last < first:
            raise serializers.ValidationError(
                gettext('"%(data)s" ends before it begins.') % {"data": data}
            )
        return first, last


class BandRow(Strict):
    age = AgeField(required=False)
    red = IntervalField(required=False)
    yellow = IntervalField(required=False)
    green = IntervalField(required=False)


class MeasureIn(Strict):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    unit = serializers.CharField(max_length=60, default="")
    share = serializers.BooleanField(default=False)
    weight = serializers.FloatField(default=1.0)
    numerator = TermField()
    denominator = TermField(required=False, default=None)
    zero_denominator = serializers.ChoiceField(
        Measure.ZeroDenominator.choices, default=Measure.ZeroDenominator.ZERO
    )
    minimum_sample = serializers.FloatField(required=False, default=None, allow_null=True)
    bands = BandRow(many=True)


class UseCaseIn(Strict):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=80)
    counts_as_use_case = serializers.BooleanField(default=True)
    roll_up = serializers.ChoiceField(UseCase.RollUp.choices)
    plans = serializers.ListField(child=serializers.CharField(), default=list)
    deployments = serializers.ListField(child=serializers.CharField(), default=list)
    hold_months = serializers.IntegerField(min_value=1, max_value=MOST_HOLD_MONTHS, default=1)
    exit_margin = serializers.FloatField(min_value=0, default=0.0)
    recovery_months = serializers.IntegerField(min_value=0, max_value=FOLLOWED_MONTHS, default=0)
    measures = MeasureIn(many=True)


class PointsIn(Strict):
    red = serializers.FloatField()
    yellow = serializers.FloatField()
    green = serializers.FloatField()


class ScoreBoundsIn(Strict):
    red_up_to = serializers.FloatField()
    yellow_up_to = serializers.FloatField()


class LevelIn(Strict):
    name = serializers.CharField(max_length=30)
    up_to = serializers.FloatField(required=False, default=None, allow_null=True)


class EditionIn(Strict):
    name = serializers.CharField(max_length=60)
    description = serializers.CharField(default="", allow_blank=True)
    status = serializers.ChoiceField(EditionRow.Status.choices, default=EditionRow.Status.DRAFT)
    in_force_from = serializers.CharField(default=None, allow_null=True)
    note = serializers.CharField(default="", max_length=LONGEST_NOTE)
    size_metric = serializers.CharField(max_length=255)
    points = PointsIn()
    score_bounds = ScoreBoundsIn()
    platform_adoption_from = serializers.IntegerField(min_value=1, max_value=40, default=3)
    stale_after_days = serializers.IntegerField(min_value=1, max_value=3_660, default=60)
    levels = LevelIn(many=True)
    composites = serializers.DictField(child=serializers.DictField(child=serializers.FloatField()))
    use_cases = UseCaseIn(many=True)
    health = HealthIn(required=False, default=None, allow_null=True)

    def validate_in_force_from(self, text: str | None) -> date | None:
        try:
            return parse_period(text) if text else None
        except PeriodInvalid as error:
            raise serializers.ValidationError(str(error)) from error


def read(path: Path) -> EditionFile:
    """Parse a file; EditionInvalid names each field that is wrong."""
    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EditionInvalid([f"{path.name} cannot be read: {error}"]) from error
    return parse(data)


def parse(data: object) -> EditionFile:
    """Check parsed YAML; EditionInvalid names each field that is wrong."""
    form = EditionIn(data=data)
    if not form.is_valid():
        raise EditionInvalid(list(_faults(form.errors)))
    values = form.validated_data
    return EditionFile(
        description=values["description"].strip(),
        in_force_from=values["in_force_from"],
        edition=_edition(values),
        status=str(values["status"]),
        note=values["note"],
    )


def _faults(errors: Any, path: str = "") -> Iterator[str]:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            named = "" if key == NON_FIELD else str(key)
            yield from _faults(inner, ".".join(filter(None, [path, named])))
    else:
        yield from (f"{path}: {text}" if path else str(text) for text in errors)


def _edition(values: dict[str, Any]) -> Edition:
    points, bounds = values["points"], values["score_bounds"]
    return Edition(
        name=values["name"],
        size_metric=values["size_metric"],
        points=(points["red"], points["yellow"], points["green"]),
        red_up_to=bounds["red_up_to"],
        yellow_up_to=bounds["yellow_up_to"],
        platform_adoption_from=values["platform_adoption_from"],
        stale_after_days=values["stale_after_days"],
        use_cases=tuple(_use_case(use_case) for use_case in values["use_cases"]),
        composites=tuple(
            Composite(code, tuple(weights.items()))
            for code, weights in values["composites"].items()
        ),
        levels=tuple(Level(**level) for level in values["levels"]),
        scorecard=scorecard_of(values["health"]) if values["health"] else None,
    )


def _use_case(values: dict[str, Any]) -> ScoredUseCase:
    return ScoredUseCase(
        **{key: values[key] for key in ("code", "name", "counts_as_use_case", "roll_up")},
        plans=tuple(values["plans"]),
        deployments=tuple(values["deployments"]),
        measures=tuple(_measure(measure) for measure in values["measures"]),
        **{key: values[key] for key in ("hold_months", "exit_margin", "recovery_months")},
    )


def _measure(values: dict[str, Any]) -> ScoredMeasure:
    return ScoredMeasure(
        **{key: values[key] for key in ("code", "name", "unit", "weight")},
        is_share=values["share"],
        numerator=values["numerator"],
        denominator=values["denominator"],
        zero_denominator_is_na=values["zero_denominator"] == Measure.ZeroDenominator.NA,
        bands=tuple(
            sorted((band for row in values["bands"] for band in _bands(row)), key=band_order)
        ),
        minimum_sample=values["minimum_sample"],
    )


def _bands(row: dict[str, Any]) -> Iterator[Band]:
    age_from, age_to = row.get("age", (None, None))
    for color in Color.values:
        if color.lower() in row:
            lower, lower_closed, upper, upper_closed = row[color.lower()]
            yield Band(color, lower, lower_closed, upper, upper_closed, age_from, age_to)


def band_order(band: Band) -> tuple[float, float, float]:
    """The order in which rows are read back: a file that lists them otherwise says the same."""
    return (
        -1 if band.age_from is None else band.age_from,
        -math.inf if band.lower is None else band.lower,
        math.inf if band.upper is None else band.upper,
    )
