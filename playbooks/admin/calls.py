"""Calls to action: shown as they are; each change is a transition of playbooks.services.ctas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import Ability
from accounts.admin.base import (
    FoundByAccount,
    LargeTablePaginator,
    ReadOnlyAdmin,
    ReadOnlyInline,
    person,
    pretty_json,
)
from accounts.errors import DomainError
from accounts.models import User
from playbooks.models import CallToAction, CTAEvent, CTALink, Task
from playbooks.services import ctas
from usage.models import UseCase

Transition = Callable[[int], object]


class CloseForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[
            choice
            for choice in CallToAction.Status.choices
            if choice[0] not in CallToAction.OPEN_STATUSES
        ],
    )
    comment = forms.CharField(
        label=_("Comment"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def transition(self, by: User, now: datetime) -> Transition:
        def close(cta_id: int) -> object:
            return ctas.close_cta(cta_id=cta_id, by=by, now=now, **self.cleaned_data)

        return close


class ReassignForm(forms.Form):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))
    tasks = forms.ChoiceField(
        label=_("Open tasks that go along"), choices=ctas.TasksToo, initial=ctas.TasksToo.OWNERS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role in User.Role if User(role=role).may(Ability.WORK_CTAS)]
        workers = User.objects.filter(is_active=True, role__in=roles)
        self.fields["owner"].queryset = workers  # type: ignore[attr-defined]  # a ModelChoiceField

    def transition(self, by: User, now: datetime) -> Transition:
        def reassign(cta_id: int) -> object:
            return ctas.reassign(cta_id=cta_id, by=by, now=now, **self.cleaned_data)

        return reassign


class TaskInline(ReadOnlyInline):
    model = Task
    fields = ("position", "title", "owner", "due_on", "is_required", "done_at", "done_by")


class EventInline(ReadOnlyInline):
    model = CTAEvent
    fields = ("at", "kind", "actor", "text")
    show_change_link = False


class LinkInline(ReadOnlyInline):
    model = CTALink
    fk_name = "cta"
    fields = ("kind", "label", "url", "created_by", "created_at")


class ComponentFilter(admin.SimpleListFilter):
    """Offers the components that editions have: to look for those in use reads every row."""

    title = _("component")
    parameter_name = "component"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = UseCase.objects.order_by("code").values_list("code", flat=True).distinct()
        return [(code, code) for code in codes]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CallToAction]
    ) -> QuerySet[CallToAction]:
        return queryset.filter(component=self.value()) if self.value() else queryset


@admin.register(CallToAction)
class CallToActionAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = (
        "title", "account", "type", "status", "priority", "owner", "due_on", "task_progress",
    )  # fmt: skip
    list_filter = (
        "status",
        "type",
        "priority",
        "is_important",
        ComponentFilter,
        "trigger",
        "opened_at",
    )
    list_select_related = ("account", "owner")
    search_fields = ("title",)
    ordering = ("-pk",)
    exclude = ("evidence",)
    readonly_fields = ("what_opened_it",)
    inlines = (TaskInline, LinkInline, EventInline)
    actions = ("close_selected", "reassign_selected", "reopen_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallToAction]:
        rows: QuerySet[CallToAction] = super().get_queryset(request)
        tasks = Task.objects.filter(cta=OuterRef("pk")).order_by().values("cta")
        return rows.annotate(  # of the rows shown, never of all of them
            task_count=Subquery(tasks.annotate(count=Count("pk")).values("count")),
            done_count=Subquery(tasks.annotate(count=Count("done_at")).values("count")),
        )

    @admin.display(description=_("tasks"))
    def task_progress(self, cta: Any) -> str:
        return f"{cta.done_count} / {cta.task_count}" if cta.task_count else ""

    @admin.display(description=_("evidence"))
    def what_opened_it(self, cta: CallToAction) -> SafeString:
        return pretty_json(cta.evidence)

    @admin.action(description=_("Close selected calls to action …"))
    def close_selected(self, request: HttpRequest, queryset: QuerySet[CallToAction]) -> Any:
        return self._with_form(request, queryset, CloseForm, gettext("Close"), "close_selected")

    @admin.action(description=_("Hand selected calls to action over …"))
    def reassign_selected(self, request: HttpRequest, queryset: QuerySet[CallToAction]) -> Any:
        return self._with_form(
            request, queryset, ReassignForm, gettext("Hand over"), "reassign_selected"
        )

    @admin.action(description=_("Reopen selected calls to action"))
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[CallToAction]) -> None:
        by, now = person(request), timezone.now()
        self._apply(
            request, queryset, lambda cta_id: ctas.reopen_cta(cta_id=cta_id, by=by, now=now)
        )

    def _with_form(
        self,
        request: HttpRequest,
        queryset: QuerySet[CallToAction],
        form_class: type[CloseForm | ReassignForm],
        verb: str,
        action: str,
    ) -> HttpResponse | None:
        """Ask what is still to be said, then do it; None leads back to the list."""
        form = form_class(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._apply(request, queryset, form.transition(person(request), timezone.now()))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("%(verb)s %(count)s calls to action")
            % {"verb": verb, "count": queryset.count()},
            "opts": self.model._meta,
            "form": form,
            "verb": verb,
            "action": action,
            "rows": queryset,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/playbooks/transition.html", context)

    def _apply(
        self, request: HttpRequest, queryset: QuerySet[CallToAction], transition: Transition
    ) -> None:
        """Do it to each, count those that went well, and tell of the others why not."""
        changed = 0
        for cta in queryset:
            try:
                transition(cta.pk)
            except DomainError as refused:
                self.message_user(request, f"{cta}: {refused}", messages.ERROR)
            else:
                changed += 1
        text = ngettext("%d call to action changed.", "%d calls to action changed.", changed)
        self.message_user(request, text % changed, messages.SUCCESS)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("title", "cta", "owner", "due_on", "is_required", "done_at")
    list_filter = (("done_at", admin.EmptyFieldListFilter), "is_required", "due_on")
    list_select_related = ("cta", "owner")
    search_fields = ("title", "^account__name", "=account__external_id", "owner__email")
    ordering = ("-pk",)


@admin.register(CTAEvent)
class CTAEventAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("cta", "kind", "at", "actor", "text")
    list_filter = ("kind", "at")
    list_select_related = ("cta", "actor")
    search_fields = ("^account__name", "=account__external_id", "text", "=signal_key")
    ordering = ("-pk",)
    exclude = ("detail",)
    readonly_fields = ("more",)

    @admin.display(description=_("detail"))
    def more(self, event: CTAEvent) -> SafeString:
        return pretty_json(event.detail)


@admin.register(CTALink)
class CTALinkAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("cta", "kind", "label", "url", "created_by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("cta", "created_by")
    search_fields = ("^account__name", "=account__external_id", "label", "url")
    ordering = ("-pk",)
