"""Why a score is what it is, and why it moved, over the API."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.filters import refuse_unknown_parameters
from accounts.formats import COLOR_WORDS
from accounts.models import Account
from usage.api.months import SCHEMA, MonthField, MonthIn
from usage.facts import Metric
from usage.lab.attribution import COVERAGE, EDITION, MEASURE, Attribution, Part
from usage.lab.plain_text import change_sentence, change_text, tree_text
from usage.nodes import Node
from usage.services.explanations import ScoreChange, score_change

COLORS = [(word, word) for word in COLOR_WORDS.values()]
KINDS = [(kind, kind) for kind in (EDITION, COVERAGE, MEASURE)]


class MetricOut(serializers.Serializer[Metric]):
    key = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(help_text="Why it is missing, and since when; else empty.")


class NodeOut(serializers.Serializer[Node]):
    """One line of an explanation; its children are lines like it."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the serializer's own
    score = serializers.FloatField(allow_null=True)
    color = serializers.ChoiceField(choices=COLORS)
    value = serializers.FloatField(allow_null=True)
    weight_share = serializers.FloatField(
        allow_null=True, help_text="Its weight in the line above, 0-1; null: it does not count."
    )
    contribution = serializers.FloatField(
        allow_null=True, help_text="What it adds to the number of the line above."
    )
    text = serializers.CharField(help_text="The arithmetic and the thresholds, in words.")
    reason = serializers.CharField(help_text="Why it is NA; else empty.")
    edition = serializers.CharField(help_text="Whose thresholds a measure of an instance met.")
    recorded_at = serializers.CharField(help_text="Of the snapshot that it was read from.")
    snapshot = serializers.IntegerField(allow_null=True, help_text="The snapshot's id.")
    metrics = MetricOut(many=True, help_text="What a measure of an instance was made of.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"children": NodeOut(many=True)}


class ExplanationOut(NodeOut):
    """The whole tree, and the same as text."""

    plain_text = serializers.SerializerMethodField()

    def get_plain_text(self, root: Node) -> str:
        return tree_text(root)


class PartOut(serializers.Serializer[Part]):
    kind = serializers.ChoiceField(choices=KINDS)
    code = serializers.CharField()
    name = serializers.CharField()
    points = serializers.FloatField(help_text="All parts' points sum to the difference.")
    text = serializers.CharField()


class ScoreChangeOut(serializers.Serializer[ScoreChange]):
    """The parts are empty, and the notes say why, where a month is NA."""

    of = serializers.CharField(source="attribution.of")
    name = serializers.CharField(source="attribution.name")
    from_period = MonthField(source="former.period")
    to_period = MonthField(source="later.period")
    from_edition = serializers.CharField(source="former.edition.name")
    to_edition = serializers.CharField(source="later.edition.name")
    from_score = serializers.FloatField(source="attribution.former", allow_null=True)
    to_score = serializers.FloatField(source="attribution.later", allow_null=True)
    from_color = serializers.ChoiceField(source="attribution.former_color", choices=COLORS)
    to_color = serializers.ChoiceField(source="attribution.later_color", choices=COLORS)
    difference = serializers.FloatField(source="attribution.difference", allow_null=True)
    parts = PartOut(source="attribution.parts", many=True)
    notes = serializers.ListField(source="attribution.notes", child=serializers.CharField())
    sentence = serializers.SerializerMethodField()
    plain_text = serializers.SerializerMethodField()

    def get_sentence(self, change: ScoreChange) -> str:
        return change_sentence(_attribution(change))

    def get_plain_text(self, change: ScoreChange) -> str:
        return change_text(_attribution(change))


def _attribution(change: ScoreChange) -> Attribution:
    return change.attribution


class MonthsIn(serializers.Serializer[Any]):
    """The parameters: `from` is a word of Python's, so they are made by their names."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": MonthIn(),
            "to": MonthIn(),
            "of": serializers.CharField(default="", max_length=255),
        }


class ScoreChangeView(APIView):
    """What moved a score between two months."""

    read_may_conflict = True  # a month that has no score, a part that the edition does not have

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, {"from", "to", "of"})

    @extend_schema(
        parameters=[
            OpenApiParameter("from", SCHEMA, required=True, description="The former month."),
            OpenApiParameter("to", SCHEMA, required=True, description="The later month."),
            OpenApiParameter(
                "of", str, description="Code of a composite, component or group; else the whole."
            ),
        ],
        responses=ScoreChangeOut,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Split the movement into measures, coverage and edition; the parts sum to the difference."""
        account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
        asked = MonthsIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        change = score_change(
            account_id=account.pk,
            former=asked.validated_data["from"],
            later=asked.validated_data["to"],
            of=asked.validated_data["of"],
            now=timezone.now(),
        )
        response = Response(ScoreChangeOut(change).data)
        add_never_cache_headers(response)  # what one caller sees is no other's
        return response
