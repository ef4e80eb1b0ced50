from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import ReadOnlyAdmin
from usage.models import Backtest


@admin.register(Backtest)
class BacktestAdmin(ReadOnlyAdmin):
    """To be read here: an edition's page asks for one, and shows it."""

    list_display = ("__str__", "edition", "target", "known", "asked_at", "asked_by", "finished_at")
    list_filter = ("target", "known")
    list_select_related = ("edition", "asked_by")
    search_fields = ("=edition__name",)
    ordering = ("-asked_at", "-pk")
