from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import (
    LargeTablePaginator,
    ReadOnlyAdmin,
    RecordAdmin,
    TrackedAdmin,
    wake_all,
)
from playbooks.models import BulkRow, BulkRun, QueueWeights, SavedView
from playbooks.services import queue_order


@admin.register(QueueWeights)
class QueueWeightsAdmin(TrackedAdmin):
    """One row: what counts how much in the order of the queue. A change orders all anew."""

    list_display = ("__str__", "high_priority", "late", "red_health", "large_arr", "near_renewal")
    search_fields = ("=id",)
    fieldsets = (
        (
            _("Priority"),
            {"fields": ("high_priority", "medium_priority", "low_priority", "important")},
        ),
        (
            _("Due date"),
            {
                "fields": (
                    "long_late",
                    "long_late_days",
                    "late",
                    "due_today",
                    "due_soon",
                    "due_soon_days",
                )
            },
        ),
        (_("Health"), {"fields": ("red_health", "yellow_health")}),
        (_("ARR"), {"fields": ("large_arr", "large_arr_from", "medium_arr", "medium_arr_from")}),
        (
            _("Renewal"),
            {"fields": ("near_renewal", "near_renewal_days", "far_renewal", "far_renewal_days")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not QueueWeights.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        wake_all(queue_order.enqueue(now=timezone.now()))


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = ("words", "action", "asked_by", "asked_at", "finished_at", "job")
    list_filter = ("action",)
    list_select_related = ("asked_by", "job")
    search_fields = ("words", "=asked_by__email")
    exclude = ("values",)


@admin.register(BulkRow)
class BulkRowAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("run", "cta", "account", "outcome", "reason")
    list_filter = ("outcome",)
    list_select_related = ("run", "cta", "account")
    search_fields = ("=run__id", "=cta__id")


@admin.register(SavedView)
class SavedViewAdmin(RecordAdmin):
    list_display = ("name", "owner", "is_shared", "is_default")
    list_filter = ("is_shared",)
    list_select_related = ("owner",)
    search_fields = ("name", "=owner__email")
    readonly_fields = ("params",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
