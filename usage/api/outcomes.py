"""Outcomes of renewals over the API: a list, and many rows at once as NDJSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.filters import AccountFilter, DayFilter, FilterSet, TextFilter
from accounts.models import Outcome
from accounts.serializers import AccountRef
from accounts.services import voice
from accounts.viewsets import ScopedViewSet
from usage.api.voice import ROWS, TAKEN, VoiceView


class OutcomeOut(serializers.ModelSerializer[Outcome]):
    account = AccountRef(read_only=True)
    subscription = serializers.SlugRelatedField[Any](
        slug_field="external_id", read_only=True, allow_null=True, help_text="Its external id."
    )

    class Meta:
        model = Outcome
        fields = (
            "id", "account", "subscription", "external_id", "kind", "occurred_on", "arr_before",
            "arr_after", "source",
        )  # fmt: skip


class OutcomeFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    external_id = TextFilter(label="The id in the system it comes from.")
    kind = filters.ChoiceFilter(choices=Outcome.Kind.choices)
    source = filters.ChoiceFilter(choices=Outcome.Source.choices)
    occurred_from = DayFilter(
        field_name="occurred_on", lookup_expr="gte", label="Occurred on this day or later."
    )


class OutcomeViewSet(ScopedViewSet[Outcome]):
    """What became of customers: renewed, expanded, contracted, churned."""

    queryset = Outcome.objects.select_related("account", "subscription")
    serializer_class = OutcomeOut
    filterset_class = OutcomeFilters


class OutcomesView(VoiceView):
    table = voice.OUTCOMES_BY_API

    @extend_schema(operation_id="outcome_bulk_create", request=ROWS, responses=TAKEN)
    def post(self, request: Request) -> HttpResponse:
        """Create or update up to 5,000 outcomes, a JSON object each line.

        Fields: external_id, account (its external id), subscription (its external id), kind (renewed,
        expanded, contracted, churned), occurred_on, arr_before, arr_after (amounts as text, "1200.50";
        arr_after may be left out of what renewed or churned). The same row sent again is unchanged.
        """
        return self.taken_from(request)
