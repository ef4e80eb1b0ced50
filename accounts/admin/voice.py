from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import FoundByAccount, LargeTablePaginator, ReadOnlyAdmin
from accounts.models import ManualMeasure, Outcome, SupportCase, SurveyResponse


@admin.register(SupportCase)
class SupportCaseAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: the support system has the truth, and an import brings it."""

    paginator = LargeTablePaginator
    list_display = ("external_id", "account", "priority", "opened_at", "closed_at", "subject")
    list_filter = ("priority",)
    list_select_related = ("account",)
    search_fields = ("=external_id",)
    ordering = ("-opened_at", "-pk")


@admin.register(SurveyResponse)
class SurveyResponseAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("external_id", "account", "kind", "score", "answered_at", "contact")
    list_filter = ("kind",)
    list_select_related = ("account", "contact")
    search_fields = ("=external_id",)
    ordering = ("-answered_at", "-pk")


@admin.register(Outcome)
class OutcomeAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: a file, the API or the subscriptions say what became of a customer."""

    paginator = LargeTablePaginator
    list_display = ("account", "kind", "occurred_on", "arr_before", "arr_after", "source")
    list_filter = ("kind", "source")
    list_select_related = ("account",)
    search_fields = ("=external_id",)
    ordering = ("-occurred_on", "-pk")


@admin.register(ManualMeasure)
class ManualMeasureAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("measure", "account", "color", "author", "at")
    list_filter = ("color",)
    list_select_related = ("account", "author")
    search_fields = ("=measure",)
    ordering = ("-pk",)
