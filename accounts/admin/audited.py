"""What people do in the admin is in the audit log, whichever model it is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseFormSet, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services import audit

NOTED = "noted"  # under this name an entry's changes travel with Django's own message


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Notes each addition, change and deletion in the transaction that makes it.

    Every way in which Django's admin changes a row says so to one of the `log_` methods, or deletes
    by `delete_queryset`.
    """

    notes_itself = False
    """Whether the model's services write the entries of an addition and a deletion."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, dict[str, Any]]]:
        message = super().construct_change_message(request, form, formsets, add)
        return [*message, {NOTED: _changes(form, formsets or ())}]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        told = self._note("added", request, obj, message)
        return super().log_addition(request, obj, told)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        told = self._note("changed", request, obj, message)
        return super().log_change(request, obj, told)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        if not self.notes_itself:
            for obj in queryset:
                _record("deleted", request, obj)
        return super().log_deletions(request, queryset)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Deleting a selection is one transaction with its entries; other actions call services."""
        if request.POST.get("action") != "delete_selected":
            return super().response_action(request, queryset)
        with transaction.atomic():
            return super().response_action(request, queryset)

    def _note(self, verb: str, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Note it; return what is left of the message for Django's own log."""
        if isinstance(message, str):
            _record(verb, request, obj, {"message": message})
            return message
        changes = {name: pair for part in message for name, pair in part.get(NOTED, {}).items()}
        if not (self.notes_itself and verb == "added"):
            _record(verb, request, obj, {"changes": changes})
        return [part for part in message if NOTED not in part]


def _record(
    verb: str, request: HttpRequest, obj: Model, detail: dict[str, object] | None = None
) -> None:
    by = request.user if isinstance(request.user, User) else None
    name = f"{obj._meta.model_name}.{verb}"
    audit.record(name, obj, now=timezone.now(), by=by, detail=detail)


def _changes(form: Any, formsets: Any) -> dict[str, Any]:
    """What a form and the tables under it changed: field to what it was and is."""
    changes: dict[str, Any] = dict(_form_changes(form))
    for formset in formsets:
        changes.update(_row_changes(formset))
    return changes


def _form_changes(form: ModelForm[Any]) -> dict[str, Any]:
    if not hasattr(form, "instance"):  # of a password: there is nothing that may be told
        return {}
    values = {
        name: (_shown(form, name, form.initial.get(name)), form.cleaned_data.get(name))
        for name in form.changed_data
    }
    return dict(audit.changes(form.instance, values))


def _row_changes(formset: BaseFormSet[Any]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for form in getattr(formset, "forms", ()):
        if form.has_changed() and form.instance.pk is not None:
            name = f"{form.instance._meta.model_name} {form.instance.pk}"
            rows[name] = _form_changes(form)
    for form in getattr(formset, "deleted_forms", ()):
        options = form.instance._meta
        rows[f"{options.model_name} {form[options.pk.name].value()}"] = "deleted"
    return rows


def _shown(form: Any, name: str, value: Any) -> Any:
    """The row that a foreign key's former value names, as its new value is shown."""
    field = form.fields.get(name)
    queryset = getattr(field, "queryset", None)
    if queryset is None or value is None or isinstance(field, ModelMultipleChoiceField):
        return value
    return queryset.model._default_manager.filter(pk=value).first() or value
