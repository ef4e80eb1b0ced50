from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import TrackedAdmin, person, wake_all
from usage.models import Instance, LabelRule
from usage.services import labels, mapping, rescoring

SCORED = {"kind", "deployment", "opted_out_of_health"}
LabelAction = Callable[[Any, HttpRequest, QuerySet[Instance]], None]


def label_as(kind: Instance.Kind) -> LabelAction:
    @admin.action(
        description=format_lazy(_("Label as {kind}"), kind=kind.label), permissions=["change"]
    )
    def label(
        modeladmin: InstanceAdmin, request: HttpRequest, queryset: QuerySet[Instance]
    ) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        labelled = labels.label(instance_ids=ids, kind=kind, by=person(request), now=timezone.now())
        wake_all(labelled.job)
        text = ngettext(
            "%(count)s instance is %(kind)s now.",
            "%(count)s instances are %(kind)s now.",
            labelled.count,
        ) % {"count": labelled.count, "kind": kind.label}
        modeladmin.message_user(request, text, messages.SUCCESS)

    label.__name__ = f"label_{kind.name.lower()}"  # the admin tells actions apart by it
    return label


@admin.register(Instance)
class InstanceAdmin(TrackedAdmin):
    list_display = (
        "__str__", "external_id", "subscription", "account", "kind", "kind_source", "deployment",
        "last_reported_at",
    )  # fmt: skip
    list_filter = (
        "kind",
        "kind_source",
        "deployment",
        ("subscription", admin.EmptyFieldListFilter),
        "is_clone",
        "opted_out_of_health",
    )
    list_select_related = ("subscription__account",)
    search_fields = (
        "^external_id", "^hostname", "=subscription__external_id", "^subscription__account__name",
        "^license_md5", "^license_sha256",
    )  # fmt: skip
    date_hierarchy = "last_reported_at"
    autocomplete_fields = ("subscription",)
    readonly_fields = (
        "kind_source", "license_md5", "license_sha256", "version", "last_reported_at",
    )  # fmt: skip
    actions = tuple(label_as(kind) for kind in Instance.Kind)

    @admin.display(description=_("account"), ordering="subscription__account__name")
    def account(self, instance: Instance) -> str:
        return str(instance.subscription.account) if instance.subscription else ""

    def save_model(self, request: HttpRequest, obj: Instance, form: Any, change: bool) -> None:
        """A kind set here is a person's label; the subscription is tied by its service."""
        by, now = person(request), timezone.now()
        wanted = obj.subscription_id
        obj.subscription_id = form.initial.get("subscription") if change else None
        if "kind" in form.changed_data:
            obj.kind_source = Instance.KindSource.PERSON
        super().save_model(request, obj, form, change)
        if SCORED & set(form.changed_data):
            accounts = labels.accounts_of([obj.pk])
            wake_all(rescoring.request_all_periods(account_ids=accounts, now=now, by=by))
        wake_all(mapping.map_instance(instance_id=obj.pk, subscription_id=wanted, by=by, now=now))
        obj.refresh_from_db()


@admin.register(LabelRule)
class LabelRuleAdmin(TrackedAdmin):
    list_display = ("kind", "enabled", "threshold")
    list_filter = ("enabled",)
    search_fields = ("kind",)
