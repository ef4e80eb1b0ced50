from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import TrackedAdmin, person, wake_all
from usage.models import MetricDefinition
from usage.services import consent, metrics


@admin.register(MetricDefinition)
class MetricDefinitionAdmin(TrackedAdmin):
    list_display = ("key_path", "name", "product_stage", "value_type", "data_category", "tracked")
    list_filter = ("tracked", "data_category", "status", "product_section", "product_stage")
    search_fields = ("key_path", "name", "description")

    def save_model(
        self, request: HttpRequest, obj: MetricDefinition, form: Any, change: bool
    ) -> None:
        """What is tracked from now on is filled from the payloads; what is optional now, erased."""
        super().save_model(request, obj, form, change)
        if "tracked" in form.changed_data and obj.tracked:
            wake_all(
                metrics.request_backfill(
                    key_paths=[obj.key_path], now=timezone.now(), by=person(request)
                )
            )
        if "data_category" in form.changed_data and obj.is_optional:
            wake_all(consent.erase_what_became_optional(now=timezone.now()))
            text = "It was erased for the customers who share no optional data."
            self.message_user(request, text, messages.WARNING)
