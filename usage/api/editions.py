"""Editions: the thresholds and weights that scores are made by."""

from __future__ import annotations

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.filters import FilterSet, TextFilter
from usage.api.publishing import PublicationOut, PublishingActions
from usage.models import Band, Edition, MaturityLevel, Measure, Publication, UseCase, Weight
from usage.services import editions


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
            "denominator_operation", "denominator", "zero_denominator", "minimum_sample", "bands",
        )  # fmt: skip


class UseCaseOut(serializers.ModelSerializer[UseCase]):
    measures = MeasureOut(many=True, read_only=True)

    class Meta:
        model = UseCase
        fields = (
            "code", "name", "counts_as_use_case", "roll_up", "plans", "deployments", "hold_months",
            "exit_margin", "recovery_months", "measures",
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
    publications = PublicationOut(many=True, read_only=True, help_text="Newest first.")
    digest = serializers.SerializerMethodField(help_text="Of all that decides a score.")

    class Meta(EditionOut.Meta):
        fields = (  # type: ignore[assignment]  # longer
            *EditionOut.Meta.fields, "digest", "use_cases", "levels", "weights", "publications",
        )  # fmt: skip

    def get_digest(self, edition: Edition) -> str:
        return editions.frozen(edition).digest


class EditionFilters(FilterSet):
    name = TextFilter()
    status = filters.ChoiceFilter(choices=Edition.Status.choices)


class EditionViewSet(PublishingActions):
    """Dated sets of use cases, measures, bands, points and weights."""

    queryset = Edition.objects.all()
    serializer_class = EditionOut
    detail_serializer_class = EditionDetailOut
    filterset_class = EditionFilters

    def get_queryset(self):  # type: ignore[no-untyped-def]
        found = super().get_queryset()
        if self.action == "list":
            return found
        return found.prefetch_related(
            "use_cases__measures__bands",
            "levels",
            "weights",
            Prefetch("publications", Publication.objects.select_related("former", "published_by")),
        )
