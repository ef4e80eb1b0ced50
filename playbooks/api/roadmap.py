"""The enablement roadmap of an account over the API."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.filters import refuse_unknown_parameters
from accounts.formats import COLOR_WORDS
from accounts.models import Account, User
from playbooks.queries.account.frame import frame
from playbooks.services.roadmaps import Content, Roadmap, Row, account_roadmap
from usage.api.months import MonthField
from usage.lab.roadmap import Step, Way

COLORS = [(word, word) for word in COLOR_WORDS.values()]


class RoadmapStepOut(serializers.Serializer[Step]):
    color = serializers.ChoiceField(choices=COLORS, help_text="What is reached.")
    amount = serializers.IntegerField(help_text="So much of the numerator, counted from today.")


class WayOut(serializers.Serializer[Way]):
    measure = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    instance = serializers.CharField(  # type: ignore[assignment]  # a field of ours
        help_text="The installation through which least is needed."
    )
    color = serializers.ChoiceField(choices=COLORS)
    value = serializers.FloatField(allow_null=True)
    bounds = serializers.CharField()
    is_less = serializers.BooleanField(help_text="Lower is better: so much less is needed.")
    steps = RoadmapStepOut(many=True)
    text = serializers.CharField()
    effort = serializers.FloatField(help_text="Share of the numerator to reach that is missing.")
    score_after = serializers.FloatField(source="score", allow_null=True)
    color_after = serializers.ChoiceField(source="after", choices=COLORS)
    level_after = serializers.CharField(source="level")


class ContentOut(serializers.Serializer[Content]):
    code = serializers.CharField()
    name = serializers.CharField(source="version.playbook.name")
    version = serializers.IntegerField(source="version.number")
    steps = serializers.SerializerMethodField()
    links = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))

    def get_steps(self, content: Content) -> list[str]:
        return [step.title for step in content.steps]


class LaneOut(serializers.Serializer[Row]):
    code = serializers.CharField(source="lane.code")
    name = serializers.CharField(source="lane.name")
    color = serializers.ChoiceField(source="lane.color", choices=COLORS)
    score = serializers.FloatField(source="lane.score", allow_null=True)
    level = serializers.CharField(source="lane.level", help_text="Empty: NA.")
    next_level = serializers.CharField(source="lane.next_level", help_text="Empty: none.")
    reason = serializers.CharField(source="lane.reason", help_text="Why it is NA; else empty.")
    ways = WayOut(source="lane.ways", many=True, help_text="The nearest one first.")
    stuck = serializers.ListField(source="lane.stuck", child=serializers.CharField())
    playbooks = ContentOut(source="contents", many=True)


class RoadmapOut(serializers.Serializer[Roadmap]):
    period = MonthField(help_text="Of the card that it is made from; null without one.")
    edition = serializers.CharField(source="edition.name", default=None, allow_null=True)
    use_cases = LaneOut(source="rows", many=True)


class RoadmapView(APIView):
    """Level now, the nearest measure and how much more usage reaches its next band, by use case."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, set())

    @extend_schema(responses=RoadmapOut)
    def get(self, request: Request, pk: int) -> Response:
        """Say what would bring each use case of an account further, and which playbooks help."""
        by = cast("User", request.user)
        account = get_object_or_404(Account.objects.visible_to(by), pk=pk)
        shown = account_roadmap(frame(account, user=by, now=timezone.now()))
        response = Response(RoadmapOut(shown).data)
        add_never_cache_headers(response)  # what one caller sees is no other's
        return response
