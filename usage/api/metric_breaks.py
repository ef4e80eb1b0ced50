"""Breaks in metrics' series: read by everyone, recorded and withdrawn by who configures."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Ability
from accounts.filters import FilterSet, TextFilter
from accounts.models import User
from accounts.serializers import NamedField, PersonRef, RequestSerializer
from accounts.viewsets import SharedViewSet
from usage.api.months import MonthField, MonthFilter, MonthIn
from usage.models import MetricBreak, MetricDefinition
from usage.services import metric_breaks, metric_dictionary
from usage.services.metric_breaks import Said
from usage.services.metric_dictionary import EditionUses, Radius


class UseOut(serializers.Serializer[Any]):
    """A place of an edition that reads the metric; without a measure it chooses instances by it."""

    use_case = serializers.CharField()
    measure = serializers.CharField()
    role = serializers.CharField()


class EditionUsesOut(serializers.Serializer[EditionUses]):
    edition = serializers.CharField(source="edition.name")
    uses = UseOut(many=True)


class RadiusOut(serializers.Serializer[Radius]):
    """What a break touches: editions that are not retired, and the accounts that report the metric."""

    month = MonthField()
    accounts = serializers.IntegerField(help_text="Of those you see, who reported it in the month.")
    reporting_accounts = serializers.IntegerField(
        source="reporting", help_text="Of those, who reported anything."
    )
    components = serializers.ListField(
        source="codes", child=serializers.CharField(), help_text="Of the edition in force."
    )
    editions = EditionUsesOut(many=True)


class MetricBreakOut(serializers.ModelSerializer[MetricBreak]):
    metric = serializers.SlugRelatedField[MetricDefinition](slug_field="key_path", read_only=True)
    period = MonthField()
    created_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = MetricBreak
        fields = (
            "id", "metric", "period", "reason", "product_from", "product_to", "note", "created_by",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class MetricBreakDetailOut(MetricBreakOut):
    touches = serializers.SerializerMethodField()

    class Meta(MetricBreakOut.Meta):
        fields = (*MetricBreakOut.Meta.fields, "touches")  # type: ignore[assignment]  # longer

    @extend_schema_field(RadiusOut)
    def get_touches(self, row: MetricBreak) -> Any:
        user = self.context["request"].user
        return RadiusOut(metric_dictionary.radius(row.metric, user, now=timezone.now())).data


class MetricBreakIn(RequestSerializer):
    metric = NamedField[MetricDefinition](
        slug_field="key_path", queryset=MetricDefinition.objects.all(), help_text="Its key path."
    )
    period = MonthIn(help_text="The first month that is not as before.")
    reason = serializers.ChoiceField(choices=MetricBreak.Reason.choices)
    product_from = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="Last version that is as before."
    )
    product_to = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="First version that is not."
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class WithdrawIn(RequestSerializer):
    """Nothing."""


class MetricBreakFilters(FilterSet):
    metric = TextFilter(field_name="metric__key_path", label="Its key path.")
    period = MonthFilter(label="The month, like 2026-05.")
    reason = filters.ChoiceFilter(choices=MetricBreak.Reason.choices)


class MetricBreakViewSet(SharedViewSet[MetricBreak]):
    """From which month on metrics say something else: drops across it open no call to action."""

    queryset = MetricBreak.objects.select_related("metric", "created_by")
    serializer_class = MetricBreakOut
    detail_serializer_class = MetricBreakDetailOut
    filterset_class = MetricBreakFilters
    write_ability = Ability.CONFIGURE
    tells_record = True

    @extend_schema(request=MetricBreakIn, responses={200: MetricBreakDetailOut})
    def create(self, request: Request) -> Response:
        """Record a break; the answer says what it touches."""
        body = MetricBreakIn(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        noted = metric_breaks.record_break(
            metric_id=asked.pop("metric").pk,
            said=Said(**asked),
            by=cast("User", request.user),
            now=timezone.now(),
        )
        return Response(self.get_serializer(noted).data)

    @extend_schema(request=WithdrawIn, responses={200: MetricBreakDetailOut})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take a break back; the answer is what it was."""
        noted = self.get_object()
        body = WithdrawIn(data=request.data)
        body.is_valid(raise_exception=True)
        was = self.get_serializer(noted).data
        metric_breaks.withdraw_break(
            break_id=noted.pk, by=cast("User", request.user), now=timezone.now()
        )
        return Response(was)
