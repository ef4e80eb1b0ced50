from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import LargeTablePaginator, ReadOnlyAdmin, TrackedAdmin
from playbooks.models import CallToAction, Trigger, TriggerRun


@admin.register(Trigger)
class TriggerAdmin(TrackedAdmin):
    list_display = ("name", "kind", "enabled", "cta_type", "priority", "live_count", "false_count")
    list_filter = ("enabled", "kind", "cta_type")
    search_fields = ("name", "code", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trigger]:
        rows: QuerySet[Trigger] = super().get_queryset(request)
        is_false = Q(ctas__status=CallToAction.Status.NOT_RELEVANT)
        return rows.annotate(
            live_count=Count("ctas", filter=Q(ctas__closed_at=None)),
            false_count=Count("ctas", filter=is_false),
        )

    @admin.display(description=_("live CTAs"), ordering="live_count")
    def live_count(self, trigger: Any) -> int:
        return int(trigger.live_count)

    @admin.display(description=_("false alarms"), ordering="false_count")
    def false_count(self, trigger: Any) -> int:
        return int(trigger.false_count)


@admin.register(TriggerRun)
class TriggerRunAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("trigger", "period", "at", "signal_count", "opened_count", "added_count", "job")
    list_filter = ("trigger",)
    list_select_related = ("trigger", "job")
    search_fields = ("trigger__name", "=trigger__code")
    date_hierarchy = "at"
