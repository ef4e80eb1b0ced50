from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import (
    LargeTablePaginator,
    ReadOnlyAdmin,
    RecordAdmin,
    person,
    pretty_json,
    wake_all,
)
from usage import ingest
from usage.models import RawPayload, RejectedRow, Snapshot
from usage.services import rejections, retries

OF_INSTANCE = (
    "^instance__external_id", "^instance__hostname", "=instance__subscription__external_id",
    "^instance__subscription__account__name",
)  # fmt: skip


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("instance", "period", "recorded_at")
    list_filter = ("instance__kind", "instance__deployment")
    list_select_related = ("instance",)
    search_fields = OF_INSTANCE
    date_hierarchy = "period"
    ordering = ("-period", "-pk")
    fields = ("instance", "period", "recorded_at", "reported")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        rows: QuerySet[Snapshot] = super().get_queryset(request)
        return rows.defer("metrics")

    @admin.display(description=_("metrics"))
    def reported(self, snapshot: Snapshot) -> SafeString:
        return pretty_json(snapshot.metrics)


@admin.register(RawPayload)
class RawPayloadAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("instance", "recorded_at", "received_at", "digest")
    list_filter = ("instance__kind", "instance__deployment")
    list_select_related = ("instance",)
    search_fields = (*OF_INSTANCE, "=digest")
    date_hierarchy = "recorded_at"
    ordering = ("-recorded_at", "-pk")
    fields = ("instance", "recorded_at", "received_at", "digest", "content")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RawPayload]:
        rows: QuerySet[RawPayload] = super().get_queryset(request)
        return rows.defer("body")

    @admin.display(description=_("payload"))
    def content(self, payload: RawPayload) -> SafeString:
        return pretty_json(ingest.decompress(payload.body))


class RejectedRowForm(forms.ModelForm[RejectedRow]):
    class Meta:
        model = RejectedRow
        fields = ("text",)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        digest = rejections.digest_of(self.instance.kind, text)
        same = RejectedRow.objects.filter(digest=digest, resolved_at=None)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("Another row that waits has this very text."))
        return text


@admin.register(RejectedRow)
class RejectedRowAdmin(RecordAdmin):
    """Rows that could not be taken in: mend the text, then retry."""

    paginator = LargeTablePaginator
    form = RejectedRowForm
    list_display = ("__str__", "kind", "field", "received_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind", "is_cut")
    search_fields = ("source", "field", "reason", "text")
    date_hierarchy = "received_at"
    ordering = ("-received_at", "-pk")
    fields = (
        "text",
        "source",
        "line",
        "kind",
        "field",
        "reason",
        "is_cut",
        "received_at",
        "resolved_at",
    )
    actions = ("retry_selected",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields if name != "text"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.resolved_at is None

    def save_model(self, request: HttpRequest, obj: RejectedRow, form: Any, change: bool) -> None:
        if "text" in form.changed_data:
            obj.digest = rejections.digest_of(obj.kind, obj.text)
            obj.is_cut = False  # a person has written the whole row
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Retry selected rows"), permissions=["change"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[RejectedRow]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        retried = retries.retry(ids=ids, by=person(request), now=timezone.now())
        wake_all(*retried.jobs.values())
        text = gettext("%(resolved)s taken in, %(rejected)s rejected again.") % {
            "resolved": retried.resolved,
            "rejected": retried.rejected,
        }
        self.message_user(request, text, messages.WARNING if retried.rejected else messages.SUCCESS)
