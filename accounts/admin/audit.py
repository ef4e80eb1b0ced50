from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import LargeTablePaginator, ReadOnlyAdmin, RecordAdmin, person, pretty_json
from accounts.csv_output import csv_lines
from accounts.models import AuditEntry
from accounts.services import audit

COLUMNS = (
    "at", "verb", "actor_label", "token_label", "address", "via", "request_id", "object_type",
    "object_id", "object_label", "detail",
)  # fmt: skip


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what. Nobody writes here; entries go by `manage.py purge_audit_log` alone."""

    paginator = LargeTablePaginator
    list_display = (
        "at", "verb", "actor_label", "object_type", "object_id", "object_label", "address", "via",
    )  # fmt: skip
    list_filter = ("verb", "object_type", ("actor", admin.RelatedOnlyFieldListFilter))
    search_fields = (
        "actor_label", "token_label", "object_label", "=object_id", "=address", "=request_id", "^verb",
    )  # fmt: skip
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    fields = (
        "at", "verb", "actor_label", "token_label", "address", "via", "request_id", "object_type",
        "object_id", "object_label", "more",
    )  # fmt: skip
    readonly_fields = ("more",)
    actions = ("export_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.visible_to(person(request))

    @admin.display(description=_("detail"))
    def more(self, entry: AuditEntry) -> SafeString:
        return pretty_json(entry.detail)

    @admin.action(description=_("Export selected entries as CSV"))
    def export_selected(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> StreamingHttpResponse:
        now = timezone.now()
        told = {"rows": queryset.count(), "filter": request.GET.dict()}
        audit.record("export.audit_log", now=now, by=person(request), detail=told)
        response = StreamingHttpResponse(
            csv_lines(_rows(queryset)), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="audit-log-{now:%Y-%m-%d}.csv"'
        return response


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[Sequence[object]]:
    yield COLUMNS
    for *cells, detail in entries.values_list(*COLUMNS).iterator(chunk_size=2_000):
        yield *cells, json.dumps(detail, ensure_ascii=False)


@admin.register(AccessAttempt)
class LockoutAdmin(RecordAdmin, AccessAttemptAdmin):
    """Attempts to sign in that failed: deleting them lets a locked-out person in again."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
