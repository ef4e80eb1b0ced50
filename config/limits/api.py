from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.filters import refuse_unknown_parameters
from accounts.permissions import MayConfigure
from config.limits import measures
from config.limits.figures import State, Unit, worst

LIMIT_STATES = [(state.value, state.value) for state in State]
LIMIT_UNITS = [(unit.value, unit.value) for unit in Unit]


class FigureOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    group = serializers.CharField()
    name = serializers.CharField()
    used = serializers.IntegerField(allow_null=True)
    limit = serializers.IntegerField(allow_null=True)
    unit = serializers.ChoiceField(choices=LIMIT_UNITS)
    percent = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=LIMIT_STATES)
    note = serializers.CharField(help_text="How it was measured, or why it is not known.")
    advice = serializers.CharField(help_text="What to do; empty while it is not near.")


class LimitsOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=LIMIT_STATES, help_text="The most pressing of all.")
    measured_at = serializers.DateTimeField()
    figures = FigureOut(many=True)


class LimitsView(APIView):
    """How near the installation is to its limits; `near` from 80 %, `over` from 100 %."""

    permission_classes = (MayConfigure,)

    @extend_schema(operation_id="limits_retrieve", responses=LimitsOut)
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        now = timezone.now()
        groups = measures.groups(now)
        answer = {
            "state": worst(figure for group in groups for figure in group.figures),
            "measured_at": now,
            "figures": [
                {
                    "key": figure.key,
                    "group": group.name,
                    "name": figure.name,
                    "used": figure.used,
                    "limit": figure.limit,
                    "unit": figure.unit,
                    "percent": figure.percent,
                    "state": figure.state,
                    "note": figure.note,
                    "advice": figure.advice if figure.is_pressing else "",
                }
                for group in groups
                for figure in group.figures
            ],
        }
        return Response(LimitsOut(answer).data)
