"""Backtests of an edition: what was found last, and asking for another."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts import tasks
from accounts.access import Ability
from accounts.filters import refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites
from accounts.models import User
from accounts.permissions import MayConfigure
from accounts.serializers import RequestSerializer
from usage.models import Backtest, Edition
from usage.queries import backtests as shown
from usage.services import backtests
from usage.services.backtests import LEADS, LONGEST_LEAD, Wish


class BacktestIn(RequestSerializer):
    leads = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_LEAD),
        min_length=1,
        max_length=12,
        default=list(LEADS),
        help_text="Months before an outcome.",
    )
    target = serializers.ChoiceField(
        choices=Backtest.Target.choices, default=Backtest.Target.CHURN, help_text="What a loss is."
    )
    known = serializers.ChoiceField(choices=Backtest.Known.choices, default=Backtest.Known.RECEIVED)


class BacktestOut(serializers.ModelSerializer[Backtest]):
    edition = serializers.SlugRelatedField[Any](slug_field="name", read_only=True)
    leads = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    job = serializers.IntegerField(source="job_id", read_only=True, allow_null=True)
    result = serializers.DictField(
        read_only=True,
        help_text="Empty until it is finished: sentences, caveats, figures, calibration.",
    )

    class Meta:
        model = Backtest
        fields = (
            "id", "edition", "edition_digest", "former_name", "former_digest", "leads", "target",
            "known", "resamples", "seed", "asked_at", "finished_at", "input_hash", "job", "result",
        )  # fmt: skip


class BacktestView(APIView):
    """The backtest of an edition that was asked last."""

    permission_classes = (MayConfigure,)

    @extend_schema(operation_id="edition_backtest_retrieve", responses=BacktestOut)
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown_parameters(request, {str(api_settings.URL_FORMAT_OVERRIDE)})
        found = shown.newest(get_object_or_404(Edition, pk=pk))
        if found is None:
            raise NotFound("No backtest of this edition was asked for.")
        return Response(BacktestOut(found).data)


class StartBacktestView(IdempotentWrites):
    """Asks for a backtest, which a job does."""

    write_ability = Ability.CONFIGURE

    @extend_schema(
        operation_id="edition_backtest_start",
        request=BacktestIn,
        responses={201: OpenApiResponse(BacktestOut, "Asked for; its job is queued.")},
    )
    def post(self, request: Request, pk: int) -> Response:
        refuse_unknown_parameters(request, {str(api_settings.URL_FORMAT_OVERRIDE)})
        edition = get_object_or_404(Edition, pk=pk)
        told = BacktestIn(data=request.data)
        told.is_valid(raise_exception=True)
        wish = Wish(**{**told.validated_data, "leads": tuple(told.validated_data["leads"])})
        asked = backtests.ask(
            edition_id=edition.pk, wish=wish, now=timezone.now(), by=cast("User", request.user)
        )
        if asked.job is not None:
            tasks.wake(asked.job)
        return Response(BacktestOut(asked).data, status=201)
