from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import FoundByAccount, LargeTablePaginator, ReadOnlyAdmin, ReadOnlyInline
from accounts.models import Objective, SuccessPlan


class ObjectiveInline(ReadOnlyInline):
    model = Objective
    fields = ("title", "baseline", "target", "due_on", "outcome")


@admin.register(SuccessPlan)
class SuccessPlanAdmin(FoundByAccount, ReadOnlyAdmin):
    """To be read here: a change is made on the account's page, which dates it and scores anew."""

    paginator = LargeTablePaginator
    list_display = ("title", "account", "state", "starts_on", "ends_on", "owner", "updated_at")
    list_filter = ("state",)
    list_select_related = ("account", "owner")
    search_fields = ("title",)
    ordering = ("-pk",)
    inlines = (ObjectiveInline,)


@admin.register(Objective)
class ObjectiveAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("title", "account", "plan", "outcome", "due_on", "updated_at")
    list_filter = ("outcome",)
    list_select_related = ("account", "plan")
    search_fields = ("title",)
    ordering = ("-pk",)
