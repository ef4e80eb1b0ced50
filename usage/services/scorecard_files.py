"""The `health` part of an edition's YAML file: groups of measures, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from accounts.models import Account, Contact
from usage.models import Color, HealthMeasure
from usage.scoring import scorecard as scored
from usage.services.file_fields import CODE, IntervalField, Strict

MOST_DAYS = 3_660


def _days() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, required=False, default=None, allow_null=True
    )


def _names() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=60), default=list)


class HealthBandRow(Strict):
    """The bands for accounts of one priority, or for all."""

    priority = serializers.ChoiceField(Account.Priority.choices, required=False)
    red = IntervalField(required=False)
    yellow = IntervalField(required=False)
    green = IntervalField(required=False)


class HealthMeasureIn(Strict):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    source = serializers.ChoiceField(HealthMeasure.Source.choices)  # type: ignore[assignment]  # a field of ours
    weight = serializers.FloatField(default=1.0)
    stale_after_days = _days()
    flagged_after_days = _days()
    counts_from_first_day = serializers.BooleanField(default=False)
    overrides = serializers.BooleanField(default=False)
    segments = _names()
    except_segments = _names()
    personas = serializers.ListField(
        child=serializers.ChoiceField(Contact.Persona.choices), default=list
    )
    bands = HealthBandRow(many=True)


class HealthGroupIn(Strict):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=80)
    measures = HealthMeasureIn(many=True)


class HealthIn(Strict):
    first_days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS, default=30)
    groups = HealthGroupIn(many=True)


def scorecard_of(values: dict[str, Any]) -> scored.Scorecard:
    """The scorecard that checked values say."""
    return scored.Scorecard(
        groups=tuple(_group(group) for group in values["groups"]),
        first_days=values["first_days"],
    )


def _group(values: dict[str, Any]) -> scored.HealthGroup:
    return scored.HealthGroup(
        code=values["code"],
        name=values["name"],
        measures=tuple(_measure(measure) for measure in values["measures"]),
    )


def _measure(values: dict[str, Any]) -> scored.HealthMeasure:
    plain = (
        "code", "name", "source", "weight", "stale_after_days", "flagged_after_days",
        "counts_from_first_day", "overrides",
    )  # fmt: skip
    bands = (band for row in values["bands"] for band in _bands(row))
    return scored.HealthMeasure(
        **{key: values[key] for key in plain},
        segments=tuple(values["segments"]),
        except_segments=tuple(values["except_segments"]),
        personas=tuple(values["personas"]),
        bands=tuple(sorted(bands, key=band_order)),
    )


def _bands(row: dict[str, Any]) -> Iterator[scored.HealthBand]:
    for color in Color.values:
        if color.lower() in row:
            lower, lower_closed, upper, upper_closed = row[color.lower()]
            yield scored.HealthBand(
                color, lower, lower_closed, upper, upper_closed, row.get("priority")
            )


def band_order(band: scored.HealthBand) -> tuple[float, float, float]:
    """The order in which rows are read back: a file that lists them otherwise says the same."""
    return (
        -1 if band.priority is None else band.priority,
        -math.inf if band.lower is None else band.lower,
        math.inf if band.upper is None else band.upper,
    )
