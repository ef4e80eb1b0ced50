from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import LargeTablePaginator, ReadOnlyAdmin, pretty_json
from usage.models import CardDrift, ScoreCard, Transition


@admin.register(ScoreCard)
class ScoreCardAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = (
        "account", "period", "edition", "score", "color", "component_colors", "use_cases_adopted",
        "scored_at",
    )  # fmt: skip
    list_filter = ("edition", "color", "use_cases_adopted")
    list_select_related = ("account", "edition")
    search_fields = ("^account__name", "=account__external_id")
    date_hierarchy = "period"
    ordering = ("-pk",)
    exclude = ("evidence",)
    readonly_fields = ("why",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreCard]:
        cards: QuerySet[ScoreCard] = super().get_queryset(request)
        return cards.defer("evidence")

    @admin.display(description=_("evidence"))
    def why(self, card: ScoreCard) -> SafeString:
        return pretty_json(card.evidence)


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = (
        "account", "period", "component", "from_color", "to_color", "from_value", "to_value",
        "edition", "cause", "detected_at",
    )  # fmt: skip
    list_filter = ("edition", "cause", "from_color", "to_color", "component")
    list_select_related = ("account", "edition")
    search_fields = ("^account__name", "=account__external_id", "=component")
    date_hierarchy = "period"
    ordering = ("-pk",)


@admin.register(CardDrift)
class CardDriftAdmin(ReadOnlyAdmin):
    """Score cards that came out otherwise when they were made anew."""

    list_display = ("account", "period", "edition", "as_of", "found_at", "checked_at")
    list_filter = ("edition",)
    list_select_related = ("account", "edition")
    search_fields = ("^account__name", "=account__external_id")
    date_hierarchy = "period"
    ordering = ("-pk",)
