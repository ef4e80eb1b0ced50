"""Service Ping over the API: one payload as an instance sends it, or many as NDJSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts import tasks
from accounts.access import Ability
from accounts.filters import refuse_unknown_parameters
from accounts.idempotency import HEADER, call_of, claim, digest_of, keep, replayed
from accounts.lines import CHUNK_BYTES, Line, plain_lines
from accounts.models import IdempotencyKey
from accounts.services.idempotency import keep_part
from usage.api.bodies import BodyTooLarge, PayloadParser, PayloadsParser
from usage.services.ingest import Ingestion, Result, RowResult, batches

SOURCE = "API"
MOST_ROWS = 5_000
STATUS = {
    Result.ACCEPTED: 201,
    Result.REPLACED: 200,
    Result.UNCHANGED: 200,
    Result.UNMAPPED: 202,
}
RESULTS = [(result.value, result.value) for result in Result]


class PingOut(serializers.Serializer[Any]):
    result = serializers.ChoiceField(choices=RESULTS, help_text="What became of the payload.")


class RowOut(PingOut):
    line = serializers.IntegerField(help_text="From 1; blank lines count.")
    field = serializers.CharField(help_text="Of a rejected row: what is wrong; empty: the row.")
    reason = serializers.CharField(help_text="Of a rejected row: why.")


class BulkOut(serializers.Serializer[Any]):
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By result.")
    results = RowOut(many=True, help_text="One per row, in their order.")


class IngestView(APIView):
    write_ability = Ability.INGEST

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, {str(api_settings.URL_FORMAT_OVERRIDE)})

    def once(self, request: Request, body: BinaryIO) -> HttpResponse:
        """Take a body in; one whose key was answered before is answered the same.

        A call stores its batches in transactions of their own and may run twice: where it was
        interrupted, the key knows what the batches that were stored have been told.
        """
        if HEADER not in request.headers:
            return self.take_in(body, None)
        stored = claim(call_of(request, digest_of(body)))
        if stored.status is not None:
            return replayed(stored)
        response = self.take_in(body, stored)
        keep(stored, response)
        return response

    def take_in(self, body: BinaryIO, stored: IdempotencyKey | None) -> Response:
        raise NotImplementedError


class ServicePingView(IngestView):
    parser_classes = (PayloadParser,)

    @extend_schema(
        operation_id="service_ping_create",
        request={"application/json": OpenApiTypes.OBJECT},
        responses={
            201: OpenApiResponse(PingOut, "Accepted."),
            200: OpenApiResponse(PingOut, "Known already: unchanged, or replaced by this one."),
            202: OpenApiResponse(PingOut, "Kept until its instance is mapped to a subscription."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Take in one payload, as an instance sends it; gzip by Content-Encoding.

        The same payload may be sent again: instance and time say which one it is. One that is
        refused is kept as well, for somebody to mend.
        """
        with body_of(request) as body:
            return self.once(request, body)

    def take_in(self, body: BinaryIO, stored: IdempotencyKey | None) -> Response:
        [result] = _ingest([[Line(1, body.read())]], stored)
        if result.result is Result.REJECTED:
            attribute = result.field or api_settings.NON_FIELD_ERRORS_KEY
            raise ValidationError({attribute: [result.reason]})
        return Response({"result": result.result}, status=STATUS[result.result])


class ServicePingsView(IngestView):
    parser_classes = (PayloadsParser,)

    @extend_schema(
        operation_id="service_ping_bulk_create",
        request={"application/x-ndjson": OpenApiTypes.STR},
        responses={
            200: OpenApiResponse(BulkOut, "Every row is stored."),
            207: OpenApiResponse(BulkOut, "Rows were rejected; the others are stored."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Take in up to 5,000 lines, a payload each; gzip by Content-Encoding.

        Rejected rows are kept to be mended, and are told with field and reason. A call that was
        interrupted may be sent again.
        """
        with body_of(request) as body:
            refuse_too_many(body)
            body.seek(0)
            return self.once(request, body)

    def take_in(self, body: BinaryIO, stored: IdempotencyKey | None) -> Response:
        results = _ingest(batches(plain_lines(body)), stored)
        rows = [
            {"line": row.line, "result": row.result, "field": row.field, "reason": row.reason}
            for row in results
        ]
        counts = {result.value: sum(row.result is result for row in results) for result in Result}
        is_complete = not counts[Result.REJECTED]
        return Response({"counts": counts, "results": rows}, status=200 if is_complete else 207)


def body_of(request: Request) -> BinaryIO:
    body: Any = request.data
    # of an empty body no parser is asked
    return BytesIO() if isinstance(body, Mapping) else cast("BinaryIO", body)


def _ingest(lines: Iterable[list[Line]], stored: IdempotencyKey | None) -> list[RowResult]:
    run = Ingestion(source=SOURCE, now=timezone.now())
    results: list[RowResult] = []
    for number, batch in enumerate(lines):
        results += _store_noted(run, batch, number, stored) if stored else run.store(batch)
    for job in run.finish():
        tasks.wake(job)
    return results


def _store_noted(
    run: Ingestion, batch: list[Line], number: int, stored: IdempotencyKey
) -> list[RowResult]:
    """Store a batch and, in its transaction, what became of it; of one that was stored, say that."""
    with transaction.atomic():
        part = [[row.line, row.result, row.field, row.reason] for row in run.store(batch)]
        told = keep_part(stored, number=number, part=part)
    return [RowResult(line, Result(result), *why) for line, result, *why in told]


def refuse_too_many(body: BinaryIO) -> None:
    """Nothing is stored of a call that is too long: its sender could not tell what was.

    Blank lines count: a body of nothing else would keep a worker busy for nothing.
    """
    ends, last = 0, b"\n"
    while chunk := body.read(CHUNK_BYTES):
        ends, last = ends + chunk.count(b"\n"), chunk[-1:]
        if ends + (last != b"\n") > MOST_ROWS:
            raise BodyTooLarge(
                gettext("More than %(most)s rows: send them in several calls.")
                % {"most": f"{MOST_ROWS:,}"}
            )
