"""Customer health of a card taken apart, as its page shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.formats import COLOR_WORDS
from usage.explain_health import GroupLine, HealthTree, MeasureLine
from usage.models import ScoreCard
from usage.scoring.contributions import rounded

COLORS = [(word, word) for word in COLOR_WORDS.values()]
HUNDREDTHS: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "coerce_to_string": False}


class HealthMeasureOut(serializers.Serializer[MeasureLine]):
    code = serializers.CharField(source="measure.code")
    name = serializers.CharField(source="measure.name")
    color = serializers.ChoiceField(choices=COLORS)
    number = serializers.FloatField(allow_null=True, help_text="What its source says.")
    points = serializers.FloatField(allow_null=True)
    weight_share = serializers.FloatField(
        source="share", allow_null=True, help_text="Its weight in its group, 0-1."
    )
    contribution = serializers.DecimalField(
        allow_null=True, help_text="What it adds to the overall score.", **HUNDREDTHS
    )
    text = serializers.CharField(help_text="The number in words.")
    on = serializers.DateField(allow_null=True, help_text="The day that it is of.")
    is_flagged = serializers.BooleanField(help_text="It is old, and counts still.")
    reason = serializers.CharField(help_text="Why it is NA; else empty.")


class HealthGroupOut(serializers.Serializer[GroupLine]):
    code = serializers.CharField()
    name = serializers.CharField()
    color = serializers.ChoiceField(choices=COLORS)
    score = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    weight_share = serializers.FloatField(
        source="share", allow_null=True, help_text="Its weight after redistribution, 0-1."
    )
    contribution = serializers.DecimalField(
        allow_null=True, help_text="What it adds to the overall score.", **HUNDREDTHS
    )
    reason = serializers.CharField(help_text="Why it is NA; else empty.")
    measures = HealthMeasureOut(many=True)


class HealthOut(serializers.Serializer[HealthTree]):
    """The contributions of the groups sum to the score exactly, those of measures to their group's."""

    score = serializers.DecimalField(allow_null=True, **HUNDREDTHS)
    color = serializers.ChoiceField(choices=COLORS)
    is_overridden = serializers.BooleanField(
        help_text="A Red measure makes the colour Red whatever the score."
    )
    groups = HealthGroupOut(many=True, help_text="Empty where health is usage alone.")


def of_usage_alone(card: ScoreCard) -> HealthTree:
    """Of a card without groups."""
    score = None if card.score is None else rounded(card.score)
    return HealthTree(score, card.color or COLOR_WORDS["N"], (), is_overridden=False)
