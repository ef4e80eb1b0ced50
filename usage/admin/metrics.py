from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from accounts.admin.base import ReadOnlyAdmin, TrackedAdmin, person, wake_all
from usage.models import MetricBreak, MetricDefinition, MetricVersion
from usage.services import consent, metric_breaks, metrics


@admin.register(MetricDefinition)
class MetricDefinitionAdmin(TrackedAdmin):
    list_display = ("key_path", "name", "product_stage", "value_type", "data_category", "tracked")
    list_filter = ("tracked", "data_category", "status", "product_section", "product_stage")
    search_fields = ("key_path", "name", "description")

    def save_model(
        self, request: HttpRequest, obj: MetricDefinition, form: Any, change: bool
    ) -> None:
        """What is tracked from now on is filled from the payloads; what is optional now, erased."""
        self._save(request, obj, form, change=change)
        if "tracked" in form.changed_data and obj.tracked:
            wake_all(
                metrics.request_backfill(
                    key_paths=[obj.key_path], now=timezone.now(), by=person(request)
                )
            )
        if "data_category" in form.changed_data and obj.is_optional:
            wake_all(consent.erase_what_became_optional(now=timezone.now()))
            text = gettext("It was erased for the customers who share no optional data.")
            self.message_user(request, text, messages.WARNING)

    @transaction.atomic
    def _save(
        self, request: HttpRequest, obj: MetricDefinition, form: Any, *, change: bool
    ) -> None:
        """The row, its history, and a version where it says otherwise how it is measured."""
        before = MetricDefinition.objects.filter(pk=obj.pk).values().first()
        super().save_model(request, obj, form, change)
        if before is not None:
            after = {obj.key_path: MetricDefinition.objects.values().get(pk=obj.pk)}
            metric_breaks.note_versions({obj.key_path: before}, after, now=timezone.now())


@admin.register(MetricVersion)
class MetricVersionAdmin(ReadOnlyAdmin):
    list_display = ("metric", "number", "since", "digest")
    list_select_related = ("metric",)
    search_fields = ("metric__key_path",)


@admin.register(MetricBreak)
class MetricBreakAdmin(ReadOnlyAdmin):
    """Recorded and withdrawn on the metric's page, which shows first what a break touches."""

    list_display = ("metric", "period", "reason", "product_from", "product_to", "created_by")
    list_filter = ("reason",)
    list_select_related = ("metric", "created_by")
    search_fields = ("metric__key_path", "note")
    date_hierarchy = "period"
