"""What the API says of calls to action and their tasks, and how their lists are narrowed."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.filters import (
    AccountFilter,
    ChoicesFilter,
    DayFilter,
    FilterSet,
    IdFilter,
    PersonFilter,
    TextFilter,
    YesNoFilter,
)
from accounts.models import Subscription
from accounts.serializers import AccountRef, ChoiceOrNull, PersonRef
from playbooks.models import (
    CallToAction,
    CTAEvent,
    CTALink,
    CTAType,
    PlaybookVersion,
    Priority,
    RiskImpact,
    RiskReason,
    Task,
    Trigger,
)
from playbooks.organisation import organisation_day
from playbooks.querysets import CallToActionQuerySet
from usage.api.months import MonthField

PRIORITIES = {priority.label.lower(): priority for priority in Priority}
PRIORITY_CHOICES = [(word, word) for word in PRIORITIES]


class PriorityField(serializers.ChoiceField):
    """A priority by its word; the rows hold a number, so that they sort."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=PRIORITY_CHOICES, **kwargs)

    def to_representation(self, value: Any) -> str:
        return Priority(value).label.lower()

    def to_internal_value(self, data: Any) -> Priority:  # type: ignore[override]  # a number inside
        return PRIORITIES[super().to_internal_value(data)]


class PlaybookVersionOut(serializers.ModelSerializer[PlaybookVersion]):
    code = serializers.CharField(source="playbook.code", read_only=True)
    name = serializers.CharField(source="playbook.name", read_only=True)
    version = serializers.IntegerField(source="number", read_only=True)

    class Meta:
        model = PlaybookVersion
        fields = ("code", "name", "version")


class TaskOut(serializers.ModelSerializer[Task]):
    owner = PersonRef(read_only=True, allow_null=True)
    done_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = Task
        fields = (
            "id", "cta", "position", "title", "instructions", "questions", "links", "owner",
            "due_on", "is_required", "done_at", "done_by",
        )  # fmt: skip
        read_only_fields = fields


class EventOut(serializers.ModelSerializer[CTAEvent]):
    actor = PersonRef(read_only=True, allow_null=True, help_text="Null: the system.")

    class Meta:
        model = CTAEvent
        fields = ("id", "kind", "at", "actor", "text", "detail")


class LinkOut(serializers.ModelSerializer[CTALink]):
    subscription = serializers.SlugRelatedField[Subscription](
        slug_field="external_id", read_only=True, allow_null=True, help_text="Its external id."
    )
    created_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = CTALink
        fields = (
            "id", "kind", "label", "url", "objective", "subscription", "activity", "other_cta",
            "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class CallToActionOut(serializers.ModelSerializer[CallToAction]):
    account = AccountRef(read_only=True)
    trigger = serializers.SlugRelatedField[Trigger](
        slug_field="code", read_only=True, allow_null=True, help_text="Null: made by hand."
    )
    priority = PriorityField(read_only=True)
    risk_impact = ChoiceOrNull(RiskImpact, help_text="Of a risk: what would be lost.")
    risk_reason = ChoiceOrNull(RiskReason, help_text="Of a risk: what it comes from.")
    period = MonthField(allow_null=True, help_text="Month of its newest evidence.")
    owner = PersonRef(read_only=True, allow_null=True)
    closed_by = PersonRef(read_only=True, allow_null=True)
    playbook = PlaybookVersionOut(source="playbook_version", read_only=True, allow_null=True)
    variance_days = serializers.IntegerField(
        read_only=True, help_text="Days from the original due date to the one of now."
    )

    class Meta:
        model = CallToAction
        fields = (
            "id", "account", "trigger", "type", "reason", "title", "summary", "status", "priority",
            "is_important", "risk_impact", "risk_reason", "component", "period", "owner",
            "opened_at", "due_on", "original_due_on", "variance_days", "snoozed_until", "snooze_reason", "closed_at", "closed_by", "playbook",
        )  # fmt: skip
        read_only_fields = fields


class CallToActionDetailOut(CallToActionOut):
    tasks = TaskOut(many=True, read_only=True)
    events = EventOut(many=True, read_only=True)
    links = LinkOut(many=True, read_only=True)

    class Meta(CallToActionOut.Meta):
        fields = (*CallToActionOut.Meta.fields, "evidence", "tasks", "events", "links")  # type: ignore[assignment]  # longer
        read_only_fields = fields  # type: ignore[assignment]  # as long


class CallToActionFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    owner = PersonFilter(label="E-mail or id of its owner, `me` or `none`.")
    status = ChoicesFilter(choices=CallToAction.Status.choices)
    type = ChoicesFilter(choices=CTAType.choices)
    priority = ChoicesFilter(choices=PRIORITY_CHOICES, method="filter_priority")
    important = YesNoFilter(field_name="is_important", label="Marked as important.")
    risk_impact = ChoicesFilter(choices=RiskImpact.choices)
    risk_reason = ChoicesFilter(choices=RiskReason.choices)
    component = TextFilter(label="Code of the component that it is about.")
    live = YesNoFilter(field_name="closed_at", lookup_expr="isnull", label="Not closed.")
    snoozed = YesNoFilter(
        method="filter_snoozed",
        label="Live, and out of the queue today, a day of the organisation.",
    )
    due_before = DayFilter(field_name="due_on", lookup_expr="lt", label="Due before.")

    def filter_priority(
        self, ctas: CallToActionQuerySet, name: str, value: list[str]
    ) -> CallToActionQuerySet:
        return ctas.filter(priority__in=[PRIORITIES[word] for word in value])

    def filter_snoozed(
        self,
        ctas: CallToActionQuerySet,
        name: str,
        value: bool,  # noqa: FBT001 - how a filter calls its method
    ) -> CallToActionQuerySet:
        today = organisation_day(timezone.now())
        return ctas.snoozed_on(today) if value else ctas.awake_on(today)


class TaskFilters(FilterSet):
    cta = IdFilter(field_name="cta__pk", label="Id of its call to action.")
    owner = PersonFilter(label="E-mail or id of its owner, `me` or `none`.")
    done = YesNoFilter(field_name="done_at", lookup_expr="isnull", exclude=True, label="Done.")
    due_before = DayFilter(field_name="due_on", lookup_expr="lt", label="Due before.")
