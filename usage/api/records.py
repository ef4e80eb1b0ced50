"""Instances that report, and the dictionary of what they report."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.filters import AccountFilter, FilterSet, MomentFilter, TextFilter, YesNoFilter
from accounts.models import Delivery
from accounts.serializers import AccountRef
from accounts.viewsets import ScopedViewSet, SharedViewSet
from usage.models import Instance, MetricDefinition, MetricVersion


class InstanceOut(serializers.ModelSerializer[Instance]):
    account = AccountRef(
        source="subscription.account", read_only=True, default=None, allow_null=True
    )
    subscription = serializers.SlugRelatedField[Any](
        slug_field="external_id", read_only=True, allow_null=True, help_text="Its external id."
    )

    class Meta:
        model = Instance
        fields = (
            "id", "external_id", "hostname", "account", "subscription", "deployment", "kind",
            "kind_source", "is_clone", "opted_out_of_health", "version", "created_on",
            "last_reported_at",
        )  # fmt: skip


class InstanceFilters(FilterSet):
    account = AccountFilter(field_name="subscription__account", label="External id or id.")
    subscription = TextFilter(field_name="subscription__external_id", label="Its external id.")
    external_id = TextFilter(label="uuid, or the namespace's id.")
    kind = filters.ChoiceFilter(choices=Instance.Kind.choices)
    deployment = filters.ChoiceFilter(choices=Delivery.choices)
    unmapped = YesNoFilter(
        field_name="subscription", lookup_expr="isnull", label="Belongs to no subscription yet."
    )
    reported_before = MomentFilter(
        field_name="last_reported_at", lookup_expr="lt", label="Has been silent since (ISO 8601)."
    )


class InstanceViewSet(ScopedViewSet[Instance]):
    """Deployments that report usage. Those that are not mapped yet are seen by who sees everything."""

    queryset = Instance.objects.select_related("subscription__account")
    serializer_class = InstanceOut
    filterset_class = InstanceFilters


class MetricDefinitionOut(serializers.ModelSerializer[MetricDefinition]):
    class Meta:
        model = MetricDefinition
        fields = (
            "id", "key_path", "name", "description", "product_section", "product_stage",
            "product_group", "product_categories", "value_type", "status", "milestone",
            "introduced_by_url", "time_frames", "data_source", "data_category",
            "instrumentation_class", "options", "distribution", "tiers",
            "performance_indicator_types", "tracked",
        )  # fmt: skip


class MetricVersionOut(serializers.ModelSerializer[MetricVersion]):
    class Meta:
        model = MetricVersion
        fields = ("number", "since", "content", "digest")


class MetricDefinitionDetailOut(MetricDefinitionOut):
    versions = MetricVersionOut(
        many=True, read_only=True, help_text="Newest first; empty where it never changed."
    )

    class Meta(MetricDefinitionOut.Meta):
        fields = (*MetricDefinitionOut.Meta.fields, "versions")  # type: ignore[assignment]  # longer


class MetricDefinitionFilters(FilterSet):
    key_path = TextFilter(label="The whole key path.")
    q = TextFilter(field_name="key_path", lookup_expr="icontains", label="A part of the key path.")
    product_section = TextFilter()
    product_stage = TextFilter()
    data_category = TextFilter(lookup_expr="iexact")
    status = TextFilter()
    tracked = YesNoFilter()


class MetricDefinitionViewSet(SharedViewSet[MetricDefinition]):
    """The metric dictionary."""

    queryset: QuerySet[MetricDefinition] = MetricDefinition.objects.all()
    serializer_class = MetricDefinitionOut
    detail_serializer_class = MetricDefinitionDetailOut
    filterset_class = MetricDefinitionFilters
