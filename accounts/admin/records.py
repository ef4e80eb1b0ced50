from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Upper
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import formats
from accounts.admin import privacy
from accounts.admin.base import (
    LabelledInline,
    LargeTablePaginator,
    ReadOnlyInline,
    RecordAdmin,
    TrackedAdmin,
    accounts_found,
    person,
    wake_all,
)
from accounts.models import Account, Contact, License, Plan, Subscription
from accounts.services import customer_export, erasure

KEPT_OF_ACCOUNT = _(
    "Of its contracts stay plan, delivery, dates, seats and ARR under the subscription's id, without a name. "
    "A later import or payload does not bring the account back."
)
KEPT_OF_CONTACT = _(
    "Their e-mail and full name are taken out of the texts about the account. A text that calls them "
    "otherwise is not found: read it."
)


class ContactInline(LabelledInline):
    model = Contact
    fields = ("name", "email", "persona", "opted_out_of_email", "opted_out_of_surveys")


class SubscriptionInline(ReadOnlyInline):
    model = Subscription
    fields = ("external_id", "plan", "delivery", "start_date", "end_date", "seats", "arr")


class LicenseInline(ReadOnlyInline):
    model = License
    fields = ("sha256", "md5", "issued_on", "expires_on")


@admin.register(Account)
class AccountAdmin(TrackedAdmin):
    paginator = LargeTablePaginator
    list_display = (
        "name",
        "external_id",
        "manager",
        "team",
        "segment",
        "customer_since",
        "running_arr",
    )
    list_filter = ("priority", "team", "shares_optional_data", "segment", "customer_since")
    list_select_related = ("csm", "team")
    search_fields = ("name", "=external_id")
    ordering = (Upper("name"), "pk")  # type: ignore[assignment]  # as the index has it
    autocomplete_fields = ("csm", "team", "parent")
    readonly_fields = ("created_at", "updated_at")
    inlines = [SubscriptionInline, ContactInline]
    actions = ["export_customer", "erase_customer"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        running = Subscription.objects.active_on(timezone.localdate())
        of_account = running.filter(account=OuterRef("pk")).order_by().values("account")
        arr = Subquery(of_account.annotate(total=Sum("arr")).values("total"))
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(running_arr=arr)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        """By name or external id, each by its index."""
        text = search_term.strip()
        if not text:
            return queryset, False
        named, known = accounts_found(text)
        return queryset.filter(pk__in=named.union(known)), False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "csm":
            kwargs["label"] = "CSM"
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description=_("Export all that is stored of it"), permissions=["view"])
    def export_customer(
        self, request: HttpRequest, queryset: QuerySet[Account]
    ) -> HttpResponseBase | None:
        account = privacy.only_one(self, request, queryset)
        if account is None:
            return None
        tables = customer_export.tables_of_account(account)
        return privacy.download(request, tables, of=account)

    @admin.action(description=_("Erase it, for good"), permissions=["change"])
    def erase_customer(
        self, request: HttpRequest, queryset: QuerySet[Account]
    ) -> HttpResponseBase | None:
        account = privacy.only_one(self, request, queryset)
        if account is None:
            return None
        if not privacy.is_sure(request):
            counts = erasure.contents(account.pk)
            return privacy.ask(self, request, account, counts, kept=KEPT_OF_ACCOUNT)
        job = erasure.request(account_id=account.pk, by=person(request), now=timezone.now())
        wake_all(job)
        self.message_user(
            request,
            gettext("%(account)s is being erased: %(job)s.") % {"account": account, "job": job},
            messages.WARNING,
        )
        return None

    @admin.display(description=_("CSM"), ordering="csm__email")
    def manager(self, account: Account) -> str:
        return str(account.csm or "")

    @admin.display(description=_("ARR"), ordering="running_arr")
    def running_arr(self, account: Any) -> str:
        return formats.money(account.running_arr) if account.running_arr is not None else ""


@admin.register(Contact)
class ContactAdmin(TrackedAdmin):
    list_display = ("name", "account", "email", "persona", "opted_out_of_email")
    list_filter = ("persona", "opted_out_of_email", "opted_out_of_surveys")
    list_select_related = ("account",)
    search_fields = ("name", "email", "account__name", "=account__external_id")
    autocomplete_fields = ("account",)
    actions = ["export_contact", "erase_contact"]

    @admin.action(description=_("Export all that is stored of them"), permissions=["view"])
    def export_contact(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponseBase | None:
        contact = privacy.only_one(self, request, queryset)
        if contact is None:
            return None
        tables = customer_export.tables_of_contact(contact)
        return privacy.download(request, tables, of=contact)

    @admin.action(description=_("Erase them, for good"), permissions=["change"])
    def erase_contact(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponseBase | None:
        contact = privacy.only_one(self, request, queryset)
        if contact is None:
            return None
        if not privacy.is_sure(request):
            counts = erasure.mentions(contact)
            return privacy.ask(self, request, contact, counts, kept=KEPT_OF_CONTACT)
        erased = erasure.erase_contact(
            contact_id=contact.pk, by=person(request), now=timezone.now()
        )
        self.message_user(
            request,
            ngettext(
                "%(count)s row was erased.", "%(count)s rows were erased.", sum(erased.values())
            )
            % {"count": sum(erased.values())},
            messages.WARNING,
        )
        return None


@admin.register(Plan)
class PlanAdmin(RecordAdmin):
    list_display = ("name", "rank")
    search_fields = ("name",)


@admin.register(Subscription)
class SubscriptionAdmin(TrackedAdmin):
    list_display = (
        "external_id", "account", "plan", "delivery", "start_date", "end_date", "seats", "arr",
    )  # fmt: skip
    list_filter = ("plan", "delivery")
    list_select_related = ("account", "plan")
    search_fields = ("external_id", "^account__name", "=account__external_id")
    date_hierarchy = "end_date"
    autocomplete_fields = ("account", "plan")
    inlines = (LicenseInline,)


@admin.register(License)
class LicenseAdmin(RecordAdmin):
    list_display = ("sha256", "md5", "subscription", "issued_on", "expires_on")
    list_filter = ("issued_on",)
    list_select_related = ("subscription",)
    search_fields = (
        "^sha256",
        "^md5",
        "=subscription__external_id",
        "^subscription__account__name",
    )
    date_hierarchy = "issued_on"
    autocomplete_fields = ("subscription",)
