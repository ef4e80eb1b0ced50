"""Editions: a draft is worked on here, from use case to measure to band; a published one is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import LabelledInline, TrackedAdmin, person
from usage.models import Band, Edition, MaturityLevel, Measure, UseCase, Weight
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


class MeasureInline(DraftInline):
    model = Measure
    fields = ("position", "code", "name", "unit", "weight", "numerator", "denominator")


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
    )
    list_filter = ("status",)
    list_select_related = ("published_by",)
    search_fields = ("name", "description")
    readonly_fields = ("status", "published_at", "published_by")
    inlines = (UseCaseInline, WeightInline, MaturityLevelInline)
    actions = ("publish", "copy_as_draft", "retire")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        rows: QuerySet[Edition] = super().get_queryset(request)
        return rows.annotate(use_case_count=Count("use_cases"))

    @admin.display(description="use cases", ordering="use_case_count")
    def use_case_count(self, edition: Any) -> int:
        return int(edition.use_case_count)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    @admin.action(description="Publish: check, and put in force", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        for edition in queryset:
            editions.publish(edition_id=edition.pk, now=timezone.now(), by=person(request))
            text = f"Edition {edition} is published; the months it decides are scored anew."
            self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Copy as draft", permissions=["add"])
    def copy_as_draft(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        for edition in queryset:
            name = _free_name(f"{edition.name} copy")
            editions.copy_as_draft(edition_id=edition.pk, name=name)
            self.message_user(request, f"Edition {name} is a draft.", messages.SUCCESS)

    @admin.action(description="Retire: take out of force", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Edition]) -> None:
        for edition in queryset:
            editions.retire(edition_id=edition.pk, now=timezone.now(), by=person(request))
            self.message_user(request, f"Edition {edition} is retired.", messages.SUCCESS)


def _free_name(wanted: str) -> str:
    taken = set(Edition.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    numbered = (f"{wanted} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)


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
    list_display = ("name", "code", "edition", "position", "roll_up", "counts_as_use_case")
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

    @admin.display(description="edition", ordering="use_case__edition")
    def edition(self, measure: Measure) -> Edition:
        return measure.use_case.edition


@admin.register(Band)
class BandAdmin(PartAdmin):
    list_display = ("color", "measure", "edition", "lower", "upper", "age_from", "age_to")
    list_filter = ("color", "measure__use_case__edition")
    list_select_related = ("measure__use_case__edition",)
    search_fields = ("measure__name", "measure__code")
    readonly_fields = ("measure",)

    @admin.display(description="edition", ordering="measure__use_case__edition")
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
