"""Editions: a draft is worked on here, from use case to measure to band; a published one is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import LabelledInline, ReadOnlyAdmin, TrackedAdmin, person
from usage.admin.lab import urls as lab_urls
from usage.models import (
    Band,
    Edition,
    HealthGroup,
    MaturityLevel,
    Measure,
    Publication,
    UseCase,
    Weight,
)
from usage.services import editions


def is_draft(obj: Any) -> bool:
    if obj is None:
        return True
    return bool((obj if isinstance(obj, Edition) else obj.owning_edition()).is_draft)


class DraftInline(LabelledInline):
    """Rows of an edition beneath the row that is open; they change with a draft only."""

    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_draft(obj)


class UseCaseInline(DraftInline):
    model = UseCase
    fields = ("position", "code", "name", "counts_as_use_case", "roll_up")


class WeightInline(DraftInline):
    model = Weight
    fields = ("position", "parent", "child", "weight")


class MaturityLevelInline(DraftInline):
    model = MaturityLevel
    fields = ("position", "name", "up_to")


class HealthGroupInline(DraftInline):
    model = HealthGroup
    fields = ("position", "code", "name")


class MeasureInline(DraftInline):
    model = Measure
    fields = (
        "position", "code", "name", "unit", "weight", "numerator", "denominator", "minimum_sample",
    )  # fmt: skip


class BandInline(DraftInline):
    model = Band
    fields = ("color", "lower", "lower_closed", "upper", "upper_closed", "age_from", "age_to")


@admin.register(Edition)
class EditionAdmin(TrackedAdmin):
    list_display = (
        "name",
        "status",
        "in_force_from",
        "published_at",
        "published_by",
        "use_case_count",
        "lab",
    )
    list_filter = ("status",)
    list_select_related = ("published_by",)
    search_fields = ("name", "description")
    readonly_fields = ("status", "published_at", "published_by")
    inlines = (UseCaseInline, HealthGroupInline, WeightInline, MaturityLevelInline)
    actions = ("publish", "copy_as_draft", "retire")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        rows: QuerySet[Edition] = super().get_queryset(request)
        return rows.annotate(use_case_count=Count("use_cases"))

    @admin.display(description=_("use cases"), ordering="use_case_count")
    def use_case_count(self, edition: Any) -> int:
        return int(edition.use_case_count)

    @admin.display(description=_("lab"))
    def lab(self, edition: Any) -> str:
        address = reverse("admin:usage_edition_lab", args=[edition.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Open in the lab"))

    def get_urls(self) -> list[URLPattern]:
        return [*lab_urls(self.admin_site), *super().get_urls()]  # type: ignore[no-untyped-call]  # its own

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    @admin.action(
        description=_("Publish: look at it, say why, put in force"), permissions=["change"]
    )
    def publish(
        self, request: HttpRequest, queryset: QuerySet[Edition]
    ) -> HttpResponseRedirect | None:
        return self._to_page(request, queryset)

    def _to_page(
        self, request: HttpRequest, queryset: QuerySet[Edition], part: str = ""
    ) -> HttpResponseRedirect | None:
        """Go where what it means is shown and a reason is asked for: one edition at a time."""
        chosen = list(queryset[:2])
        if len(chosen) > 1:
            self.message_user(request, gettext("Choose one edition at a time."), messages.WARNING)
            return None
        page = reverse("playbooks:publish_edition", args=[chosen[0].pk])
        return HttpResponseRedirect(page + part)

    @admin.action(description=_("Copy as draft"), permissions=["add"])
    def copy_as_draft(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        for edition in queryset:
            name = editions.free_name(f"{edition.name} copy")
            editions.copy_as_draft(edition_id=edition.pk, name=name)
            self.message_user(
                request, gettext("Edition %(name)s is a draft.") % {"name": name}, messages.SUCCESS
            )

    @admin.action(description=_("Retire: take out of force"), permissions=["change"])
    def retire(
        self, request: HttpRequest, queryset: QuerySet[Edition]
    ) -> HttpResponseRedirect | None:
        """Drafts are retired at once: they never decided anything."""
        published = queryset.filter(status=Edition.Status.PUBLISHED)
        if published:
            return self._to_page(request, published, "#retire")
        for edition in queryset:
            editions.retire(edition_id=edition.pk, now=timezone.now(), by=person(request))
            self.message_user(
                request,
                gettext("Edition %(edition)s is retired.") % {"edition": edition},
                messages.SUCCESS,
            )
        return None


class PartAdmin(TrackedAdmin):
    """A part of an edition: reached from the edition, made there, and changed with a draft only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)


@admin.register(UseCase)
class UseCaseAdmin(PartAdmin):
    list_display = (
        "name", "code", "edition", "position", "roll_up", "counts_as_use_case", "hold_months",
    )  # fmt: skip
    list_filter = ("edition", "roll_up")
    list_select_related = ("edition",)
    search_fields = ("name", "code")
    readonly_fields = ("edition",)
    inlines = (MeasureInline,)


@admin.register(Measure)
class MeasureAdmin(PartAdmin):
    list_display = ("name", "code", "use_case", "edition", "position", "weight")
    list_filter = ("use_case__edition",)
    list_select_related = ("use_case__edition",)
    search_fields = ("name", "code")
    readonly_fields = ("use_case",)
    inlines = (BandInline,)

    @admin.display(description=_("edition"), ordering="use_case__edition")
    def edition(self, measure: Measure) -> Edition:
        return measure.use_case.edition


@admin.register(Band)
class BandAdmin(PartAdmin):
    list_display = ("color", "measure", "edition", "lower", "upper", "age_from", "age_to")
    list_filter = ("color", "measure__use_case__edition")
    list_select_related = ("measure__use_case__edition",)
    search_fields = ("measure__name", "measure__code")
    readonly_fields = ("measure",)

    @admin.display(description=_("edition"), ordering="measure__use_case__edition")
    def edition(self, band: Band) -> Edition:
        return band.measure.use_case.edition


@admin.register(MaturityLevel)
class MaturityLevelAdmin(PartAdmin):
    list_display = ("name", "edition", "position", "up_to")
    list_filter = ("edition",)
    list_select_related = ("edition",)
    search_fields = ("name",)
    readonly_fields = ("edition",)


@admin.register(Weight)
class WeightAdmin(PartAdmin):
    list_display = ("child", "parent", "edition", "weight")
    list_filter = ("edition", "parent")
    list_select_related = ("edition",)
    search_fields = ("child", "parent")
    readonly_fields = ("edition",)


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = (
        "edition", "in_force_from", "published_at", "published_by", "former", "opens_ctas",
        "withdrawn_at",
    )  # fmt: skip
    list_filter = ("edition", "opens_ctas")
    list_select_related = ("edition", "published_by", "former")
    search_fields = ("note",)
