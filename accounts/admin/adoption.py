from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import FoundByAccount, LargeTablePaginator, ReadOnlyAdmin
from accounts.models import AdoptionGoal, NonAdoption


@admin.register(AdoptionGoal)
class AdoptionGoalAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: a goal is set on the account's page."""

    paginator = LargeTablePaginator
    list_display = ("use_case", "account", "level", "due_on", "set_by", "set_at")
    list_filter = ("level",)
    list_select_related = ("account", "set_by")
    search_fields = ("=use_case",)
    ordering = ("-pk",)


@admin.register(NonAdoption)
class NonAdoptionAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: a reason is noted on the account's page."""

    paginator = LargeTablePaginator
    list_display = ("use_case", "account", "reason", "noted_by", "at")
    list_filter = ("reason",)
    list_select_related = ("account", "noted_by")
    search_fields = ("=use_case",)
    ordering = ("-pk",)
