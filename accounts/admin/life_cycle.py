from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import FoundByAccount, LargeTablePaginator, ReadOnlyAdmin, TrackedAdmin
from accounts.models import BoughtUseCase, Milestone, MilestoneRule


@admin.register(MilestoneRule)
class MilestoneRuleAdmin(TrackedAdmin):
    """Targets of the time to value: a milestone without a row here keeps what ships."""

    list_display = ("code", "target_days", "seat_share")
    search_fields = ("code",)


@admin.register(Milestone)
class MilestoneAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: a milestone is set on the account's page, with its source."""

    paginator = LargeTablePaginator
    list_display = ("code", "account", "reached_on", "source", "set_by", "set_at", "cleared_at")
    list_filter = ("code",)
    list_select_related = ("account", "set_by")
    search_fields = ("=code",)
    ordering = ("-pk",)


@admin.register(BoughtUseCase)
class BoughtUseCaseAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("use_case", "account")
    list_select_related = ("account",)
    search_fields = ("=use_case",)
    ordering = ("-pk",)
