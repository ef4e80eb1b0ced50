from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import LabelledInline, ReadOnlyInline, TrackedAdmin, person
from playbooks.models import Playbook, PlaybookVersion, Step
from playbooks.services import versions


class VersionInline(ReadOnlyInline):
    model = PlaybookVersion
    fields = ("number", "published_at", "digest")
    readonly_fields = ("digest",)


class StepInline(LabelledInline):
    """Steps change while their version is a draft."""

    model = Step
    autocomplete_fields = ("owner",)
    fields = (
        "position", "title", "instructions", "questions", "links", "days_after_start", "day_kind",
        "owner_rule", "owner", "is_required",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)


def is_draft(version: PlaybookVersion | None) -> bool:
    return version is None or version.published_at is None


@admin.register(Playbook)
class PlaybookAdmin(TrackedAdmin):
    list_display = ("name", "code", "is_active", "newest_version", "cta_count")
    list_filter = ("is_active",)
    search_fields = ("name", "code", "description")
    inlines = (VersionInline,)
    actions = ("new_version",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Playbook]:
        rows: QuerySet[Playbook] = super().get_queryset(request)
        published = Q(versions__published_at__isnull=False)
        return rows.annotate(
            newest_version=Count("versions", filter=published, distinct=True),
            cta_count=Count("versions__ctas", distinct=True),
        )

    @admin.display(description=_("versions"), ordering="newest_version")
    def newest_version(self, playbook: Any) -> int:
        return int(playbook.newest_version)

    @admin.display(description=_("CTAs"), ordering="cta_count")
    def cta_count(self, playbook: Any) -> int:
        return int(playbook.cta_count)

    @admin.action(
        description=_("New version: copy the newest one as draft"), permissions=["change"]
    )
    def new_version(self, request: HttpRequest, queryset: QuerySet[Playbook]) -> None:
        for playbook in queryset:
            draft = versions.new_draft(playbook_id=playbook.pk)
            self.message_user(
                request,
                gettext("%(draft)s is a draft to work on.") % {"draft": draft},
                messages.SUCCESS,
            )


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(TrackedAdmin):
    list_display = ("__str__", "published_at", "step_count", "cta_count")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "playbook")
    list_select_related = ("playbook",)
    search_fields = ("playbook__name", "=playbook__code")
    date_hierarchy = "published_at"
    fields = ("playbook", "number", "published_at", "digest")
    readonly_fields = fields
    inlines = (StepInline,)
    actions = ("publish",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlaybookVersion]:
        rows: QuerySet[PlaybookVersion] = super().get_queryset(request)
        return rows.annotate(
            step_count=Count("steps", distinct=True), cta_count=Count("ctas", distinct=True)
        )

    @admin.display(description=_("steps"), ordering="step_count")
    def step_count(self, version: Any) -> int:
        return int(version.step_count)

    @admin.display(description=_("CTAs"), ordering="cta_count")
    def cta_count(self, version: Any) -> int:
        return int(version.cta_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a version is made from the one before it

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj)

    @admin.action(description=_("Publish: new CTAs are made from it"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[PlaybookVersion]) -> None:
        for version in queryset:
            versions.publish(version_id=version.pk, now=timezone.now(), by=person(request))
            self.message_user(
                request,
                gettext("%(version)s is published.") % {"version": version},
                messages.SUCCESS,
            )


@admin.register(Step)
class StepAdmin(TrackedAdmin):
    """Steps are worked on with their version; here they are found."""

    list_display = ("title", "version", "position", "days_after_start", "day_kind", "is_required")
    list_filter = ("is_required", "owner_rule", "version__playbook")
    list_select_related = ("version__playbook",)
    search_fields = ("title", "instructions")
    readonly_fields = ("version",)
    autocomplete_fields = ("owner",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or is_draft(obj.version)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or is_draft(obj.version)
