"""Support cases and survey answers over the API: lists, and many rows at once as NDJSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar

import orjson
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tasks
from accounts.filters import AccountFilter, FilterSet, MomentFilter, TextFilter, YesNoFilter
from accounts.lines import Line, plain_lines
from accounts.models import IdempotencyKey, SupportCase, SurveyResponse
from accounts.rows import Record, Rejection, record_of
from accounts.serializers import AccountRef
from accounts.services import voice
from accounts.services.voice import Result, Table
from accounts.viewsets import ScopedViewSet
from usage.api.bodies import PayloadsParser
from usage.api.pings import IngestView, body_of, refuse_too_many
from usage.services.voice import take_in


class SupportCaseOut(serializers.ModelSerializer[SupportCase]):
    account = AccountRef(read_only=True)

    class Meta:
        model = SupportCase
        fields = (
            "id", "account", "external_id", "opened_at", "closed_at", "priority", "subject",
        )  # fmt: skip


class SupportCaseFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    external_id = TextFilter(label="The support system's own id.")
    priority = filters.ChoiceFilter(choices=SupportCase.Priority.choices)
    is_open = YesNoFilter(field_name="closed_at", lookup_expr="isnull", label="It is open.")
    opened_after = MomentFilter(
        field_name="opened_at", lookup_expr="gt", label="Opened after (ISO 8601)."
    )


class SupportCaseViewSet(ScopedViewSet[SupportCase]):
    """Tickets at the vendor's support."""

    queryset = SupportCase.objects.select_related("account")
    serializer_class = SupportCaseOut
    filterset_class = SupportCaseFilters


class SurveyResponseOut(serializers.ModelSerializer[SurveyResponse]):
    account = AccountRef(read_only=True)
    contact = serializers.SlugRelatedField[Any](
        slug_field="email", read_only=True, allow_null=True, help_text="E-mail of who answered."
    )

    class Meta:
        model = SurveyResponse
        fields = (
            "id", "account", "external_id", "kind", "score", "answered_at", "contact", "comment",
        )  # fmt: skip


class SurveyResponseFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    external_id = TextFilter(label="The survey tool's own id.")
    kind = filters.ChoiceFilter(choices=SurveyResponse.Kind.choices)
    answered_after = MomentFilter(
        field_name="answered_at", lookup_expr="gt", label="Answered after (ISO 8601)."
    )


class SurveyResponseViewSet(ScopedViewSet[SurveyResponse]):
    """Answers to surveys: NPS 0-10, CSAT 1-5."""

    queryset = SurveyResponse.objects.select_related("account", "contact")
    serializer_class = SurveyResponseOut
    filterset_class = SurveyResponseFilters


class VoiceRowOut(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="From 1; blank lines count.")
    result = serializers.ChoiceField(choices=voice.RESULTS)
    field = serializers.CharField(help_text="Of a rejected row: what is wrong; empty: the row.")
    reason = serializers.CharField(help_text="Of a rejected row: why.")


class VoiceOut(serializers.Serializer[Any]):
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By result.")
    results = VoiceRowOut(many=True, help_text="One per row, in their order.")


class VoiceView(IngestView):
    """Takes in rows of one table, up to 5,000 a call, in one transaction."""

    parser_classes = (PayloadsParser,)
    table: ClassVar[Table]

    def take_in(self, body: BinaryIO, stored: IdempotencyKey | None) -> Response:
        rows = list(_parsed(plain_lines(body), self.table))
        with transaction.atomic():
            done = take_in(self.table, rows, now=timezone.now())
        for job in done.jobs:
            tasks.wake(job)
        told = VoiceOut({"counts": done.taken.counts, "results": done.taken.results}).data
        return Response(told, status=207 if done.taken.count(Result.REJECTED) else 200)

    def taken_from(self, request: Request) -> HttpResponse:
        with body_of(request) as body:
            refuse_too_many(body)
            body.seek(0)
            return self.once(request, body)


TAKEN = {
    200: OpenApiResponse(VoiceOut, "Every row is stored."),
    207: OpenApiResponse(VoiceOut, "Rows were rejected; the others are stored."),
}
ROWS = {"application/x-ndjson": OpenApiTypes.STR}


class SupportCasesView(VoiceView):
    table = voice.CASES

    @extend_schema(operation_id="support_case_bulk_create", request=ROWS, responses=TAKEN)
    def post(self, request: Request) -> HttpResponse:
        """Create or update up to 5,000 support cases, a JSON object each line.

        Fields: external_id, account (its external id), opened_at, closed_at, priority (low, normal,
        high, urgent), subject. The same row sent again is unchanged.
        """
        return self.taken_from(request)


class SurveyResponsesView(VoiceView):
    table = voice.ANSWERS

    @extend_schema(operation_id="survey_response_bulk_create", request=ROWS, responses=TAKEN)
    def post(self, request: Request) -> HttpResponse:
        """Create or update up to 5,000 survey answers, a JSON object each line.

        Fields: external_id, account (its external id), kind (nps, csat), score, answered_at, contact
        (e-mail), comment. The same row sent again is unchanged.
        """
        return self.taken_from(request)


def _parsed(lines: Iterator[Line], table: Table) -> Iterator[Record | Rejection]:
    for line in lines:
        if line.is_cut:
            yield Rejection(line.number, "", "is longer than any row may be", "")
            continue
        try:
            row = orjson.loads(line.text)
        except orjson.JSONDecodeError as error:
            yield Rejection(line.number, "", f"is not JSON: {error}", "")
        else:
            yield record_of(line.number, row, table.columns)
