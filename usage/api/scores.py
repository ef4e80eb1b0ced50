"""Score cards, what they say of each component, and the falls between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import JSONField, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast, Substr
from django.utils.translation import gettext
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.filters import AccountFilter, FilterSet, MomentFilter, TextFilter
from accounts.formats import COLOR_WORDS
from accounts.serializers import AccountRef
from accounts.viewsets import ScopedViewSet
from usage.api.explanations import ExplanationOut
from usage.api.health import HealthOut, of_usage_alone
from usage.api.months import MonthField, MonthFilter
from usage.explain_health import tree
from usage.models import Color, Edition, MaturityLevel, ScoreCard, Transition, UseCase
from usage.queries import cards
from usage.querysets import ScoreCardQuerySet
from usage.services import editions
from usage.services.explanations import explained

COLORS = [(word, word) for word in COLOR_WORDS.values()]


class EditionNames:
    """Names of components and levels, of all editions: two queries, however many cards there are."""

    @cached_property
    def components(self) -> dict[int, list[tuple[str, str]]]:
        """Code and name of each component of an edition, in the order of its cards."""
        found = defaultdict(list)
        ordered = UseCase.objects.order_by("edition_id", "position")
        for edition_id, code, name in ordered.values_list("edition_id", "code", "name"):
            found[edition_id].append((code, name))
        return found

    @cached_property
    def levels(self) -> dict[tuple[int, str], str]:
        """Name of a level by edition and the digit that cards have for it."""
        levels = MaturityLevel.objects.values_list("edition_id", "position", "name")
        return {(edition_id, str(position)): name for edition_id, position, name in levels}

    def places(self, code: str) -> dict[int, list[int]]:
        """Editions that have a component, by the component's place in them."""
        found = defaultdict(list)
        for edition_id, components in self.components.items():
            codes = [known for known, _ in components]
            if code in codes:
                found[codes.index(code)].append(edition_id)
        return found


class CompositeOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    color = serializers.ChoiceField(choices=COLORS)


class ComponentOut(CompositeOut):
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="Null where it is made of scores.")
    level = serializers.CharField(allow_null=True, help_text="Maturity level.")


class ScoreCardOut(serializers.ModelSerializer[ScoreCard]):
    account = AccountRef(read_only=True)
    edition = serializers.SlugRelatedField[Edition](slug_field="name", read_only=True)
    period = MonthField()
    color = serializers.SerializerMethodField()
    components = serializers.SerializerMethodField()
    composites = serializers.SerializerMethodField()

    class Meta:
        model = ScoreCard
        fields = (
            "id", "account", "period", "edition", "score", "color", "components", "composites",
            "use_cases_adopted", "reporting_arr_share", "newest_recorded_at", "scored_at",
        )  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=COLORS))
    def get_color(self, card: ScoreCard) -> str:
        return card.color or COLOR_WORDS["N"]

    @extend_schema_field(ComponentOut(many=True))
    def get_components(self, card: ScoreCard) -> list[dict[str, Any]]:
        return list(self._components(card))

    @extend_schema_field(CompositeOut(many=True))
    def get_composites(self, card: ScoreCard) -> list[dict[str, Any]]:
        stored: list[list[Any]] = getattr(card, "composites")  # noqa: B009 - annotated
        return [
            {"code": code, "score": score, "color": COLOR_WORDS[letter]}
            for code, score, letter in stored
        ]

    def _components(self, card: ScoreCard) -> Iterator[dict[str, Any]]:
        names: EditionNames = self.context["names"]
        stored: list[list[Any]] = getattr(card, "components")  # noqa: B009 - annotated
        known = names.components[card.edition_id]
        rows = zip(known, stored, card.component_levels, strict=True)
        for (code, name), (value, score, letter, *_), digit in rows:
            yield {
                "code": code,
                "name": name,
                "value": value,
                "score": score,
                "color": COLOR_WORDS[letter],
                "level": names.levels.get((card.edition_id, digit)),
            }


class PeriodFilters(FilterSet):
    """What is of an account and a month, by an edition."""

    account = AccountFilter(label="External id or id of the account.")
    period = MonthFilter(label="The month.")
    from_ = MonthFilter(field_name="period", lookup_expr="gte", label="This month and later ones.")
    to = MonthFilter(field_name="period", lookup_expr="lte", label="This month and earlier ones.")
    edition = filters.ModelChoiceFilter(
        queryset=Edition.objects.all(), to_field_name="name", label="Name of the edition."
    )


class ScoreCardFilters(PeriodFilters):
    color = filters.ChoiceFilter(choices=COLORS, method="filter_color", label="Overall colour.")
    component = TextFilter(
        method="filter_component", label="A component's code; its colour is in `component_color`."
    )
    component_color = filters.ChoiceFilter(
        choices=COLORS, method="filter_component_color", label="Colour of `component`."
    )

    def filter_color(self, cards: ScoreCardQuerySet, name: str, value: str) -> ScoreCardQuerySet:
        return cards.filter(color="" if value == COLOR_WORDS["N"] else value)

    def filter_component(
        self, cards: ScoreCardQuerySet, name: str, value: str
    ) -> ScoreCardQuerySet:
        if not self.form.cleaned_data["component_color"]:
            raise serializers.ValidationError(
                {"component_color": gettext("Give the component's colour too.")}
            )
        return cards

    def filter_component_color(
        self, cards: ScoreCardQuerySet, name: str, value: str
    ) -> ScoreCardQuerySet:
        """Cards in whose edition's order the component's letter is that of the colour."""
        code = self.form.cleaned_data["component"]
        if not code:
            raise serializers.ValidationError(
                {"component": gettext("Give the component's code too.")}
            )
        places = EditionNames().places(code)
        if not places:
            raise serializers.ValidationError(
                {
                    "component": gettext("No edition has a component %(code)s.")
                    % {"code": repr(code)}
                }
            )
        matching = Q()
        for place, edition_ids in places.items():
            cards = cards.alias(**{f"letter_{place}": Substr("component_colors", place + 1, 1)})
            matching |= Q(edition__in=edition_ids, **{f"letter_{place}": value[0]})
        return cards.filter(matching)


EVIDENCE = Cast("evidence", JSONField())  # it is stored as text


class ScoreCardViewSet(ScopedViewSet[ScoreCard]):
    """Scores of an account and month by an edition. Several editions may have scored a month."""

    # Of the evidence only what a card shows is read: all of it is some kilobytes a card.
    queryset = (
        ScoreCard.objects.select_related("account", "edition")
        .annotate(
            components=KeyTransform("components", EVIDENCE),
            composites=KeyTransform("composites", EVIDENCE),
        )
        .defer("evidence")
    )
    serializer_class = ScoreCardOut
    filterset_class = ScoreCardFilters

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"names": EditionNames()}

    @extend_schema(responses=ExplanationOut)
    @action(detail=True, methods=["get"])
    def explanation(self, request: Request, pk: int) -> Response:
        """Why the score is what it is: down to measures, thresholds, metrics, instances and snapshots."""
        return Response(ExplanationOut(explained(self.get_object())).data)

    @extend_schema(responses=HealthOut)
    @action(detail=True, methods=["get"])
    def health(self, request: Request, pk: int) -> Response:
        """Customer health taken apart: groups, measures, and what each adds, summing exactly."""
        card = self.get_object()
        shown = tree(card.evidence, editions.load(card.edition_id))
        return Response(HealthOut(shown or of_usage_alone(card)).data)


class TransitionOut(serializers.ModelSerializer[Transition]):
    account = AccountRef(read_only=True)
    edition = serializers.SlugRelatedField[Edition](slug_field="name", read_only=True)
    period = MonthField()
    from_period = MonthField()
    repeats = MonthField(
        allow_null=True, help_text="Of the drop in the same episode that it only repeats."
    )

    class Meta:
        model = Transition
        fields = (
            "id", "account", "period", "edition", "component", "from_color", "to_color",
            "from_period", "from_value", "to_value", "cause", "repeats", "detected_at",
        )  # fmt: skip


class TransitionFilters(PeriodFilters):
    edition = filters.ModelChoiceFilter(
        queryset=Edition.objects.all(),
        to_field_name="name",
        label="Name of the edition; without it the one in force in each month.",
    )
    component = TextFilter(label="The component's code.")
    cause = filters.ChoiceFilter(choices=Transition.Cause.choices)
    from_color = filters.ChoiceFilter(choices=Color.choices)
    to_color = filters.ChoiceFilter(choices=Color.choices)
    detected_after = MomentFilter(
        field_name="detected_at", lookup_expr="gt", label="Detected after (ISO 8601)."
    )


class TransitionViewSet(ScopedViewSet[Transition]):
    """Falls of a component's colour, whenever they happened, by the edition in force then."""

    queryset = Transition.objects.select_related("account", "edition")
    serializer_class = TransitionOut
    filterset_class = TransitionFilters

    def get_queryset(self) -> QuerySet[Transition]:
        if self.action != "list" or "edition" in self.request.query_params:
            return super().get_queryset()
        return super().get_queryset().filter(cards.months_in_force(cards.forces()))
