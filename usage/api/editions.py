"""Editions: the thresholds and weights that scores are made by."""

from __future__ import annotations

from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.filters import FilterSet, TextFilter
from accounts.viewsets import SharedViewSet
from usage.models import Band, Edition, MaturityLevel, Measure, UseCase, Weight


class BandOut(serializers.ModelSerializer[Band]):
    class Meta:
        model = Band
        fields = (
            "color", "lower", "lower_closed", "upper", "upper_closed", "age_from", "age_to",
        )  # fmt: skip


class MeasureOut(serializers.ModelSerializer[Measure]):
    bands = BandOut(many=True, read_only=True)

    class Meta:
        model = Measure
        fields = (
            "code", "name", "unit", "is_share", "weight", "numerator_operation", "numerator",
            "denominator_operation", "denominator", "zero_denominator", "bands",
        )  # fmt: skip


class UseCaseOut(serializers.ModelSerializer[UseCase]):
    measures = MeasureOut(many=True, read_only=True)

    class Meta:
        model = UseCase
        fields = (
            "code", "name", "counts_as_use_case", "roll_up", "plans", "deployments", "measures",
        )  # fmt: skip


class LevelOut(serializers.ModelSerializer[MaturityLevel]):
    class Meta:
        model = MaturityLevel
        fields = ("position", "name", "up_to")


class WeightOut(serializers.ModelSerializer[Weight]):
    class Meta:
        model = Weight
        fields = ("parent", "child", "weight")


class EditionOut(serializers.ModelSerializer[Edition]):
    class Meta:
        model = Edition
        fields = (
            "id", "name", "description", "status", "in_force_from", "size_metric", "red_points",
            "yellow_points", "green_points", "red_up_to", "yellow_up_to", "platform_adoption_from",
            "stale_after_days", "published_at",
        )  # fmt: skip


class EditionDetailOut(EditionOut):
    use_cases = UseCaseOut(many=True, read_only=True)
    levels = LevelOut(many=True, read_only=True)
    weights = WeightOut(many=True, read_only=True)

    class Meta(EditionOut.Meta):
        fields = (*EditionOut.Meta.fields, "use_cases", "levels", "weights")  # type: ignore[assignment]  # longer


class EditionFilters(FilterSet):
    name = TextFilter()
    status = filters.ChoiceFilter(choices=Edition.Status.choices)


class EditionViewSet(SharedViewSet[Edition]):
    """Dated sets of use cases, measures, bands, points and weights."""

    queryset = Edition.objects.all()
    serializer_class = EditionOut
    detail_serializer_class = EditionDetailOut
    filterset_class = EditionFilters

    def get_queryset(self):  # type: ignore[no-untyped-def]
        editions = super().get_queryset()
        if self.action == "list":
            return editions
        return editions.prefetch_related("use_cases__measures__bands", "levels", "weights")
