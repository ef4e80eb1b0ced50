"""What the admins of all three apps are made of."""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from accounts import tasks
from accounts.admin.audited import AuditedAdmin
from accounts.errors import DomainError
from accounts.formats import MOST_COUNTED
from accounts.models import Account, Job, User


class LargeTablePaginator(Paginator[Any]):
    """Counts no further than a person pages: a COUNT of millions of rows costs more than the page."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list).order_by()
        return rows.values("pk")[:MOST_COUNTED].count()


class RefusalsAsMessages(AuditedAdmin):
    """Tells a person in words what a service refused, instead of breaking the page."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refused:
            return _told(request, refused)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changelist_view(request, *args, **kwargs)
        except DomainError as refused:
            return _told(request, refused)


def _told(request: HttpRequest, refused: DomainError) -> HttpResponse:
    messages.error(request, str(refused))
    return HttpResponseRedirect(request.get_full_path())


class RecordAdmin(RefusalsAsMessages):
    """A model without history."""

    show_full_result_count = False
    list_per_page = 50


class TrackedAdmin(RefusalsAsMessages, SimpleHistoryAdmin):
    """A model whose changes are kept and shown, never reverted: that would pass by the services."""

    show_full_result_count = False
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)  # type: ignore[no-untyped-call]  # its own

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show a former state; the library hides its button, but would still save what is posted."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        shown: HttpResponse = super().history_form_view(  # type: ignore[no-untyped-call]  # its own
            request, object_id, version_id, extra_context
        )
        return shown


class ReadOnlyAdmin(RecordAdmin):
    """What the product writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class FoundByAccount(admin.ModelAdmin[Any]):
    """Searches the account's name and external id beside its own fields.

    One OR over two tables reads both whole; so each has its own subquery, and with it its index.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        rows = self.model._default_manager.order_by()
        own, _ = super().get_search_results(request, rows, search_term)
        either = own.values("pk").union(
            *(rows.filter(account__in=each).values("pk") for each in accounts_found(text))
        )
        return queryset.filter(pk__in=either), False


def accounts_found(text: str) -> tuple[QuerySet[Any, Any], ...]:
    """Ids of the accounts with this in their name, and of the one with this external id."""
    found = Account.objects.named(text), Account.objects.filter(external_id=text)
    return tuple(each.order_by().values("pk") for each in found)


class LabelledInline(admin.TabularInline[Any, Any]):
    """A table of inputs whose only label is the head of the column: name each for who cannot see it."""

    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(str(db_field.verbose_name)))
        return field


class ReadOnlyInline(LabelledInline):
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def person(request: HttpRequest) -> User:
    """Who works in the admin: nobody else gets in."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker; the site has checked
    return request.user


def wake_all(*jobs: Job | None) -> None:
    """Wake a worker for what a service queued."""
    for job in jobs:
        if job is not None:
            tasks.wake(job)


def pretty_json(value: object) -> SafeString:
    return format_html(
        "<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False, default=str)
    )
