from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import (
    FoundByAccount,
    LargeTablePaginator,
    ReadOnlyAdmin,
    ReadOnlyInline,
    TrackedAdmin,
)
from accounts.models import ActivityTemplate, Attendance, TimelineActivity


class AttendanceInline(ReadOnlyInline):
    model = Attendance
    fields = ("user", "contact")


@admin.register(TimelineActivity)
class TimelineActivityAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: an entry is written, changed and deleted on the account's page."""

    paginator = LargeTablePaginator
    list_display = (
        "subject",
        "account",
        "kind",
        "happened_at",
        "sentiment",
        "author",
        "deleted_at",
    )
    list_filter = ("kind", "sentiment")
    list_select_related = ("account", "author")
    search_fields = ("=key",)
    ordering = ("-happened_at", "-pk")
    inlines = (AttendanceInline,)


@admin.register(ActivityTemplate)
class ActivityTemplateAdmin(TrackedAdmin):
    list_display = ("name", "kind", "subject", "asks_sentiment", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("name", "code")
