from __future__ import annotations

from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.filters import AccountFilter, DayFilter, FilterSet, PersonFilter, TextFilter
from accounts.models import Account, Delivery, Plan, Subscription, Team
from accounts.querysets import AccountQuerySet, SubscriptionQuerySet
from accounts.serializers import AccountRef, PersonRef
from accounts.viewsets import ScopedViewSet


class AccountOut(serializers.ModelSerializer[Account]):
    parent = serializers.CharField(  # type: ignore[assignment]  # a field, not the serializer's own
        source="visible_parent",
        read_only=True,
        allow_null=True,
        help_text="External id of the parent account, if the caller may see that one.",
    )
    csm = PersonRef(read_only=True, allow_null=True)
    team = serializers.SlugRelatedField[Team](slug_field="name", read_only=True, allow_null=True)

    class Meta:
        model = Account
        fields = (
            "id", "external_id", "name", "parent", "customer_since", "segment", "industry", "region",
            "priority", "csm", "team", "shares_optional_data", "created_at", "updated_at",
        )  # fmt: skip


class AccountFilters(FilterSet):
    external_id = TextFilter(label=_("The vendor's own id."))
    csm = PersonFilter(label=_("E-mail or id of its CSM, `me` or `none`."))
    segment = TextFilter(lookup_expr="iexact", label=_("Segment, in any case."))
    region = TextFilter(lookup_expr="iexact", label=_("Region, in any case."))
    q = TextFilter(method="filter_named", label=_("A part of the name."))

    def filter_named(self, accounts: AccountQuerySet, name: str, value: str) -> AccountQuerySet:
        return accounts.named(value)


class AccountViewSet(ScopedViewSet[Account]):
    """Customers, and companies on a free plan or trial."""

    queryset = Account.objects.select_related("csm", "team")
    serializer_class = AccountOut
    filterset_class = AccountFilters

    def get_queryset(self) -> QuerySet[Account]:
        parents = Account.objects.visible_to(self.request.user).filter(pk=OuterRef("parent_id"))
        parent = Subquery(parents.values("external_id"))
        return super().get_queryset().annotate(visible_parent=parent)


class SubscriptionOut(serializers.ModelSerializer[Subscription]):
    account = AccountRef(read_only=True)
    plan = serializers.SlugRelatedField[Plan](slug_field="name", read_only=True)

    class Meta:
        model = Subscription
        fields = (
            "id", "external_id", "account", "plan", "delivery", "start_date", "end_date", "seats", "arr",
        )  # fmt: skip


class SubscriptionFilters(FilterSet):
    account = AccountFilter(label=_("External id or id of its account."))
    external_id = TextFilter(label=_("The vendor's own id."))
    plan = TextFilter(field_name="plan__name", lookup_expr="iexact", label=_("Name of its plan."))
    delivery = filters.ChoiceFilter(choices=Delivery.choices)
    active_on = DayFilter(method="filter_active_on", label=_("Runs on this day."))
    ends_before = DayFilter(
        field_name="end_date", lookup_expr="lt", label=_("Its last day is before this one.")
    )

    def filter_active_on(
        self, queryset: SubscriptionQuerySet, name: str, value: date
    ) -> SubscriptionQuerySet:
        return queryset.active_on(value)


class SubscriptionViewSet(ScopedViewSet[Subscription]):
    """What accounts bought."""

    queryset = Subscription.objects.select_related("account", "plan")
    serializer_class = SubscriptionOut
    filterset_class = SubscriptionFilters
