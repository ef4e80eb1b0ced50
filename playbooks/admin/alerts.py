"""Alerts and what was sent of them, as they are; addresses of the organisation are made here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import outgoing
from accounts.admin.base import (
    FoundByAccount,
    LargeTablePaginator,
    ReadOnlyAdmin,
    RecordAdmin,
    person,
)
from accounts.errors import AddressRefused
from playbooks.models import Delivery, Endpoint, Follow, Notification
from playbooks.services.alerts import deliveries, endpoints


@admin.register(Notification)
class NotificationAdmin(FoundByAccount, ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("title", "kind", "user", "account", "at", "read_at")
    list_filter = ("kind", "at")
    list_select_related = ("user", "account")
    search_fields = ("=user__email",)
    ordering = ("-pk",)


@admin.register(Follow)
class FollowAdmin(FoundByAccount, ReadOnlyAdmin):
    list_display = ("user", "account", "since")
    list_select_related = ("user", "account")
    search_fields = ("=user__email",)
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What is on its way, was sent, or was given up; the last can be sent again."""

    paginator = LargeTablePaginator
    list_display = (
        "__str__", "state", "attempts", "last_error", "created_at", "not_before", "sent_at",
    )  # fmt: skip
    list_filter = ("state", "channel")
    list_select_related = ("user", "endpoint")
    search_fields = ("=user__email", "=id")
    actions = ("send_again",)

    @admin.action(description=_("Send those again that were given up"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        by, now = person(request), timezone.now()
        dead = queryset.filter(state=Delivery.State.DEAD).values_list("pk", flat=True)
        count = len([deliveries.send_again(delivery_id=pk, by=by, now=now) for pk in dead])
        text = ngettext("%d message will be sent again.", "%d messages will be sent again.", count)
        self.message_user(request, text % count, messages.SUCCESS)


class EndpointForm(forms.ModelForm[Endpoint]):
    """The address is written, never read: left empty, it stays as it is."""

    webhook_url = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Not shown again, as Slack's holds a secret. Empty: as it is."),
    )

    class Meta:
        model = Endpoint
        fields = ("kind", "name", "is_active")

    def clean_webhook_url(self) -> str:
        url: str = self.cleaned_data["webhook_url"] or self.instance.webhook_url
        if not url:
            raise forms.ValidationError(gettext("An address is needed."))
        try:
            outgoing.check(url, endpoints.rules())
        except AddressRefused as refused:
            raise forms.ValidationError(
                gettext("The address %(reason)s.") % {"reason": refused.reason}
            ) from None
        return url


@admin.register(Endpoint)
class EndpointAdmin(RecordAdmin):
    form = EndpointForm
    list_display = ("name", "kind", "host", "owner", "is_active", "created_at")
    list_filter = ("kind", "is_active")
    list_select_related = ("owner",)
    search_fields = ("name", "=owner__email")
    readonly_fields = ("owner", "host", "created_at")
    fields = ("kind", "name", "webhook_url", "is_active", "owner", "host", "created_at")
    actions = ("renew_secret",)
    notes_itself = False

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        obj.webhook_url = form.cleaned_data["webhook_url"]
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)
        self._show_secret(request, obj)

    @admin.action(description=_("Renew the secret that signs: the former one ends at once"))
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint_id in queryset.filter(kind=Endpoint.Kind.WEBHOOK).values_list("pk", flat=True):
            made = endpoints.renew_secret(
                endpoint_id=endpoint_id, by=person(request), now=timezone.now()
            )
            self._show_secret(request, made.endpoint)

    def _show_secret(self, request: HttpRequest, endpoint: Endpoint) -> None:
        if endpoint.kind == Endpoint.Kind.WEBHOOK:
            secret = endpoints.secrets_of(endpoint)[0]
            text = gettext(
                "%(endpoint)s: copy the secret now, it is not shown again: %(secret)s"
            ) % {"endpoint": endpoint, "secret": secret}
            self.message_user(request, text, messages.WARNING)
