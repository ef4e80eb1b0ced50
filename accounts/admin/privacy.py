"""Retention, erasures and what is kept of them; the pages that ask before something is erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.admin.base import ReadOnlyAdmin, ReadOnlyInline, TrackedAdmin, person, wake_all
from accounts.models import Account, Contact, ErasedKey, Erasure, RetainedContract, RetentionRule
from accounts.services import customer_export, retention
from accounts.services.customer_export import Table

M = TypeVar("M", bound=Model)


def only_one(
    model_admin: admin.ModelAdmin[M], request: HttpRequest, queryset: QuerySet[M]
) -> M | None:
    """The one row that was chosen; of several a person is told to choose one."""
    rows = list(queryset[:2])
    if len(rows) == 1:
        return rows[0]
    model_admin.message_user(request, gettext("Choose one: it is done one by one."), messages.ERROR)
    return None


def is_sure(request: HttpRequest) -> bool:
    return request.POST.get("sure") == "yes"


def ask(
    model_admin: admin.ModelAdmin[M],
    request: HttpRequest,
    row: M,
    counts: Mapping[str, int],
    *,
    kept: StrOrPromise,
) -> TemplateResponse:
    """The page that says what would be erased, and asks."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": gettext("Erase %(row)s?") % {"row": row},
        "row": row,
        "counts": {name.replace("_", " "): count for name, count in counts.items()},
        "kept": kept,
        "action": request.POST["action"],
    }
    return TemplateResponse(request, "admin/accounts/erase.html", context)


def download(
    request: HttpRequest, tables: Sequence[Table], *, of: Account | Contact
) -> FileResponse:
    """Send what is stored as a .zip; it is on disk no longer than until it is open."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / f"{of._meta.model_name}-{of.pk}.zip"
        customer_export.export(tables, output, of=of, now=timezone.now(), by=person(request))
        return FileResponse(output.open("rb"), as_attachment=True, filename=output.name)


class RetentionRuleForm(forms.ModelForm[RetentionRule]):
    class Meta:
        model = RetentionRule
        fields = ("days", "enabled")


@admin.register(RetentionRule)
class RetentionRuleAdmin(TrackedAdmin):
    """How long each kind of data is kept, with what each rule would erase now."""

    form = RetentionRuleForm
    list_display = ("what", "days", "enabled", "oldest", "rows_due")
    list_display_links = ("what",)
    search_fields = ("kind",)
    fields = ("what", "cost", "days", "enabled", "oldest", "rows_due")
    readonly_fields = ("what", "cost", "oldest", "rows_due")
    actions = ("apply_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionRule]:
        retention.rules()  # a kind that is new has its rule from now on
        rules: QuerySet[RetentionRule] = super().get_queryset(request)
        return rules.filter(kind__in=settings.RETENTION_KINDS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = {"title": gettext("Retention rules, and what each would erase now")}
        return super().changelist_view(request, extra_context=extra)

    @admin.display(description=_("kind of data"), ordering="kind")
    def what(self, rule: RetentionRule) -> str:
        return str(retention.kinds()[rule.kind].label)

    @admin.display(description=_("what is lost with it"))
    def cost(self, rule: RetentionRule) -> str:
        return str(retention.kinds()[rule.kind].cost)

    @admin.display(description=_("oldest"))
    def oldest(self, rule: RetentionRule) -> str:
        oldest = self._due(rule).oldest
        return f"{oldest:%Y-%m-%d}" if oldest else gettext("nothing is stored")

    @admin.display(description=_("rows it would erase now"))
    def rows_due(self, rule: RetentionRule) -> str:
        return f"{self._due(rule).row_count:,}"

    @admin.action(description=_("Apply the enabled rules now"), permissions=["change"])
    def apply_now(self, request: HttpRequest, queryset: QuerySet[RetentionRule]) -> None:
        job = retention.request(now=timezone.now(), by=person(request))
        wake_all(job)
        text = (
            gettext("%(job)s applies all enabled rules.") % {"job": job}
            if job
            else gettext("No rule is enabled.")
        )
        self.message_user(request, text, messages.SUCCESS if job else messages.WARNING)

    def _due(self, rule: RetentionRule) -> retention.Due:
        """Counted once for a row that a page shows twice."""
        known: retention.Due | None = getattr(rule, "due_now", None)
        if known is None:
            known = retention.due(rule, now=timezone.now())
            rule.due_now = known  # type: ignore[attr-defined]  # of this page alone
        return known


class RetainedContractInline(ReadOnlyInline):
    model = RetainedContract
    fields = ("external_id", "plan", "delivery", "start_date", "end_date", "seats", "arr")
    show_change_link = False


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Proof that something was erased, which says nothing of whom."""

    list_display = ("__str__", "subject", "requested_at", "finished_at", "by")
    list_filter = ("subject",)
    list_select_related = ("by",)
    date_hierarchy = "requested_at"
    search_fields = ("contracts__external_id",)
    inlines = (RetainedContractInline,)


@admin.register(ErasedKey)
class ErasedKeyAdmin(ReadOnlyAdmin):
    """Keys that do not come in again. A customer who comes back: delete theirs."""

    list_display = ("__str__", "kind", "erasure")
    list_filter = ("kind",)
    list_select_related = ("erasure",)
    search_fields = ("=digest",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True


@admin.register(RetainedContract)
class RetainedContractAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "plan", "delivery", "start_date", "end_date", "seats", "arr")
    list_filter = ("plan", "delivery")
    search_fields = ("=external_id",)
    date_hierarchy = "erased_at"
