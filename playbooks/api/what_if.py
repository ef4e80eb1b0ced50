"""What an edition would change, over the API: asked by who configures, of the accounts that they see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import polars as pl
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tasks
from accounts.filters import refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites
from accounts.models import Account, Job, User
from accounts.permissions import MayConfigure
from playbooks.errors import WhatIfNotReady
from playbooks.services import what_if as service
from playbooks.services.what_if import Question
from playbooks.what_if import WhatIf
from usage.api.months import MonthField, MonthIn
from usage.lab.what_if import STATES, Matrix
from usage.models import Edition
from usage.periods import period_of
from usage.services import editions
from usage.services.scoring import reported_periods

COLORS = [(state, state) for state in STATES]
MOST_MOVED = 1_000


class WhatIfIn(serializers.Serializer[Any]):
    """What is compared, as parameters."""

    base = serializers.SlugRelatedField[Edition](
        slug_field="name",
        queryset=Edition.objects.all(),
        required=False,
        help_text="Name of the edition to compare with; without it the one in force in each month.",
    )
    segment = serializers.CharField(
        required=False, max_length=255, help_text="Only accounts of this segment."
    )
    moved = serializers.IntegerField(
        default=100, min_value=0, max_value=MOST_MOVED, help_text="So many moves, by ARR."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        months = {
            "from": "The first month; without it the last one alone.",
            "to": "The last month; without it the newest that was reported.",
        }
        return super().get_fields() | {
            name: MonthIn(required=False, help_text=text) for name, text in months.items()
        }


class MovementOut(serializers.Serializer[Any]):
    before = serializers.ChoiceField(choices=COLORS)
    after = serializers.ChoiceField(choices=COLORS)
    count = serializers.IntegerField()


class MatrixOut(serializers.Serializer[Matrix]):
    code = serializers.CharField(source="part.code")
    name = serializers.CharField(source="part.name")
    total = serializers.IntegerField(help_text="Account months.")
    moved = serializers.IntegerField()
    movements = serializers.SerializerMethodField()

    @extend_schema_field(MovementOut(many=True))
    def get_movements(self, matrix: Matrix) -> list[dict[str, Any]]:
        return [
            {"before": before, "after": after, "count": count}
            for (before, after), count in sorted(matrix.counts.items())
        ]


class ShiftOut(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="A colour, a number of use cases, or NA.")
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class SegmentOut(serializers.Serializer[Any]):
    segment = serializers.CharField()
    accounts = serializers.IntegerField()
    moved = serializers.IntegerField()
    health = ShiftOut(many=True)


class MovedOut(serializers.Serializer[Any]):
    account = serializers.CharField(source="external_id", help_text="Its external id.")
    name = serializers.CharField()
    segment = serializers.CharField()
    arr = serializers.FloatField()
    part = serializers.CharField(help_text="A component's code, or `overall`.")
    period = MonthField(help_text="The newest month in which it moves.")
    before = serializers.ChoiceField(choices=COLORS)
    after = serializers.ChoiceField(choices=COLORS)
    months = serializers.IntegerField(help_text="In how many months it moves.")
    reason = serializers.CharField()


class OpenedOut(serializers.Serializer[Any]):
    account = serializers.CharField(source="external_id", help_text="Its external id.")
    name = serializers.CharField(source="account")
    component = serializers.CharField()
    title = serializers.CharField()
    trigger = serializers.CharField()
    owner = serializers.CharField()
    due_on = serializers.DateField()


class WhatIfOut(serializers.Serializer[WhatIf]):
    summary = serializers.ListField(child=serializers.CharField(), source="summary_lines")
    read_at = serializers.DateTimeField(
        source="made_at", help_text="When the oldest reading was read."
    )
    newest = MonthField(allow_null=True, help_text="Of the distributions and calls to action.")
    accounts = serializers.IntegerField()
    account_months = serializers.IntegerField()
    matrices = MatrixOut(many=True)
    health = ShiftOut(many=True)
    adoption = ShiftOut(many=True)
    segments = SegmentOut(many=True)
    ctas = OpenedOut(many=True)
    moved_count = serializers.SerializerMethodField(help_text="Of all moves.")
    moved = serializers.SerializerMethodField()

    def get_moved_count(self, answer: WhatIf) -> int:
        return len(answer.moved)

    @extend_schema_field(MovedOut(many=True))
    def get_moved(self, answer: WhatIf) -> Any:
        return MovedOut(self.context["moved"], many=True).data


class WhatIfJobOut(serializers.Serializer[Job]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Job.State.choices)


class WhatIfView(IdempotentWrites):
    """What an edition would change: nothing of it is written."""

    read_may_conflict = True  # so much that a job works it out first
    permission_classes = (MayConfigure,)

    @extend_schema(parameters=[WhatIfIn], responses=WhatIfOut)
    def get(self, request: Request, pk: int) -> Response:
        """The answer; of very many account months a POST has to come before."""
        now = timezone.now()
        question, most = _asked(request, pk, now=now)
        if not service.is_at_once(question, now=now):
            raise WhatIfNotReady
        answer = service.answer(question, now=now)
        order = ["arr", "account_id", "part"]
        shown = answer.moved.sort(order, descending=[True, False, False]).head(most)
        return Response(WhatIfOut(answer, context={"moved": _rows(question, shown, now)}).data)

    @extend_schema(parameters=[WhatIfIn], request=None, responses={202: WhatIfJobOut})
    def post(self, request: Request, pk: int) -> Response:
        """Have it worked out in the background: a GET tells the answer when the job is done."""
        now = timezone.now()
        question, _ = _asked(request, pk, now=now)
        base = _parameters(request).get("base")
        job = service.request(
            edition_id=pk,
            base_id=base.pk if base else None,
            first=question.first,
            last=question.last,
            by=cast("User", request.user),
            now=now,
        )
        tasks.wake(job)
        return Response(WhatIfJobOut(job).data, status=202)


def _rows(question: Question, shown: pl.DataFrame, now: datetime) -> list[dict[str, Any]]:
    return [row | {"reason": why} for row, why in service.explain(question, shown, now=now)]


def _parameters(request: Request) -> Mapping[str, Any]:
    refuse_unknown_parameters(request, set(WhatIfIn().fields))
    asked = WhatIfIn(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    values: dict[str, Any] = asked.validated_data
    return values


def _asked(request: Request, pk: int, *, now: datetime) -> tuple[Question, int]:
    """The question, and how many moves are to be told. Raises NoEditionInForce."""
    draft = get_object_or_404(Edition, pk=pk)
    asked = _parameters(request)
    reported = reported_periods()
    newest = min(reported[1], period_of(now)) if reported else period_of(now)
    last = asked.get("to", newest)
    first = asked.get("from", last)
    if first > last:
        raise serializers.ValidationError({"from": "It lies after `to`."})
    question = Question(
        draft=editions.frozen(draft),
        first=first,
        last=last,
        base=editions.frozen(asked["base"]) if "base" in asked else None,
        account_ids=_account_ids(request, asked.get("segment")),
    )
    question.bases()
    return question, asked["moved"]


def _account_ids(request: Request, segment: str | None) -> list[int] | None:
    if segment is None and cast("User", request.user).sees_all:
        return None
    accounts = Account.objects.visible_to(request.user).order_by()
    if segment is not None:
        accounts = accounts.filter(segment=segment)
    return list(accounts.values_list("pk", flat=True))
