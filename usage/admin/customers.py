"""The admins of customers once more, with what a change of them means for usage and scores."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import records
from accounts.admin.base import ReadOnlyInline, person, wake_all
from accounts.models import Account, Consent, License, Subscription
from accounts.services import consents
from usage.services import consent, mapping, rescoring

SCORED_OF_ACCOUNT = {"customer_since"}
SCORED_OF_SUBSCRIPTION = {"account", "plan", "start_date", "end_date", "seats", "arr"}

for model in (Account, Subscription, License):
    admin.site.unregister(model)


def _score(request: HttpRequest, account_ids: set[int]) -> None:
    wake_all(
        rescoring.request_all_periods(
            account_ids=account_ids, now=timezone.now(), by=person(request)
        )
    )


class ConsentInline(ReadOnlyInline):
    """The history of an account's consent, newest first."""

    model = Consent
    verbose_name_plural = _("consents")
    fields = ("category", "state", "since", "by", "source", "note", "erased")
    ordering = ("category", "-number")
    show_change_link = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(records.AccountAdmin):
    """Consent goes through its service: withdrawing erases, at once and for good."""

    actions = [*records.AccountAdmin.actions, "withdraw_consent", "grant_consent"]
    inlines = [*records.AccountAdmin.inlines, ConsentInline]

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        shares = obj.shares_optional_data
        if change:
            obj.shares_optional_data = form.initial["shares_optional_data"]  # its service sets it
        super().save_model(request, obj, form, change)
        if not change:
            consents.begin([obj.pk], source=Consent.Source.CONTRACT, now=timezone.now())
        if change and "shares_optional_data" in form.changed_data:
            self._set_consent(request, obj, shares=shares)
        if change and SCORED_OF_ACCOUNT & set(form.changed_data):
            _score(request, {obj.pk})

    def _set_consent(self, request: HttpRequest, account: Account, *, shares: bool) -> None:
        account.shares_optional_data = shares
        if shares:
            consent.grant(account_id=account.pk, by=person(request), now=timezone.now())
            return
        erased = consent.withdraw(account_id=account.pk, by=person(request), now=timezone.now())
        wake_all(erased.job)
        text = gettext("Optional metrics of %(account)s were erased: %(words)s.") % {
            "account": account,
            "words": erased.words,
        }
        self.message_user(request, text, messages.WARNING)

    @admin.action(
        description=_("Withdraw consent to optional data, and erase what is stored of it"),
        permissions=["change"],
    )
    def withdraw_consent(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset.filter(shares_optional_data=True):
            self._set_consent(request, account, shares=False)

    @admin.action(description=_("Note consent to optional data"), permissions=["change"])
    def grant_consent(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset.filter(shares_optional_data=False):
            self._set_consent(request, account, shares=True)


@admin.register(Subscription)
class SubscriptionAdmin(records.SubscriptionAdmin):
    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = set(form.changed_data)
        if change and not SCORED_OF_SUBSCRIPTION & changed:
            return
        account_ids = {obj.account_id}
        if change and "account" in changed:
            account_ids.add(form.initial["account"])
            consent.keep(obj.instances.values_list("pk", flat=True))
        _score(request, account_ids)

    def delete_model(self, request: HttpRequest, obj: Subscription) -> None:
        account_id = obj.account_id
        super().delete_model(request, obj)
        _score(request, {account_id})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        account_ids = set(queryset.order_by().values_list("account_id", flat=True))
        super().delete_queryset(request, queryset)
        _score(request, account_ids)


@admin.register(License)
class LicenseAdmin(records.LicenseAdmin):
    def save_model(self, request: HttpRequest, obj: License, form: Any, change: bool) -> None:
        """Payloads that reported the license and belong to nobody come with it."""
        super().save_model(request, obj, form, change)
        job = mapping.map_license(license_id=obj.pk, now=timezone.now(), by=person(request))
        wake_all(job)
        if job is not None:
            text = gettext("Instances that reported this license belong to its subscription now.")
            self.message_user(request, text, messages.SUCCESS)
