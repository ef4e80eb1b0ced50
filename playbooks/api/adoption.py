"""Adoption over the API: the goal of each use case, and why one is not used."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.filters import AccountFilter, ChoicesFilter, DayFilter, FilterSet, TextFilter
from accounts.models import AdoptionGoal, NonAdoption
from accounts.serializers import AccountField, AccountRef, PersonRef, RequestSerializer
from accounts.services import adoption
from playbooks.api.actions import WorkViewSet, answers_with
from usage.periods import period_of
from usage.queries import cards
from usage.services import editions


class UseCaseField(serializers.CharField):
    """A use case of the edition in force, by its code."""

    default_error_messages = {"does_not_exist": _("The edition in force has no such use case.")}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        in_force = cards.edition_for(period_of(timezone.now()), cards.forces())
        known = editions.load(in_force).use_cases if in_force is not None else ()
        if code not in {each.code for each in known if each.counts_as_use_case}:
            self.fail("does_not_exist")
        return code


class GoalOut(serializers.ModelSerializer[AdoptionGoal]):
    account = AccountRef(read_only=True)
    set_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = AdoptionGoal
        fields = ("id", "account", "use_case", "level", "due_on", "set_by", "set_at")
        read_only_fields = fields


class GoalIn(RequestSerializer):
    account = AccountField(help_text="Its external id.")
    use_case = UseCaseField(max_length=40, help_text="Its code in the edition in force.")
    level = serializers.ChoiceField(choices=AdoptionGoal.Level.choices)
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="Its last day; without it there is none."
    )


class GoalFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    use_case = TextFilter(label="Its code.")
    level = ChoicesFilter(choices=AdoptionGoal.Level.choices)
    due_before = DayFilter(field_name="due_on", lookup_expr="lt", label="Due before that day.")


class NonAdoptionOut(serializers.ModelSerializer[NonAdoption]):
    account = AccountRef(read_only=True)
    noted_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = NonAdoption
        fields = ("id", "account", "use_case", "reason", "note", "noted_by", "at")
        read_only_fields = fields


class NonAdoptionIn(RequestSerializer):
    account = AccountField(help_text="Its external id.")
    use_case = UseCaseField(max_length=40, help_text="Its code in the edition in force.")
    reason = serializers.ChoiceField(choices=NonAdoption.Reason.choices)
    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class NonAdoptionFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    use_case = TextFilter(label="Its code.")
    reason = ChoicesFilter(choices=NonAdoption.Reason.choices)


class AdoptionGoalViewSet(WorkViewSet[AdoptionGoal]):
    """Goals of adoption: how mature accounts should become in use cases."""

    queryset = AdoptionGoal.objects.select_related("account", "set_by")
    serializer_class = GoalOut
    filterset_class = GoalFilters

    @extend_schema(request=GoalIn, responses={200: GoalOut})
    def create(self, request: Request) -> Response:
        """Set the goal of a use case; it takes the place of one that is there."""
        asked = self.asked(GoalIn)
        goal = adoption.set_goal(
            account_id=asked.pop("account").pk, by=self.caller, now=timezone.now(), **asked
        )
        return self.told(goal)

    @answers_with(GoalOut)
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: int) -> Response:
        """Have no goal for the use case any more; the answer is what it was."""
        return self.cleared(
            lambda goal: adoption.clear_goal(
                account_id=goal.account_id,
                use_case=goal.use_case,
                by=self.caller,
                now=timezone.now(),
            )
        )


class NonAdoptionViewSet(WorkViewSet[NonAdoption]):
    """Reasons against adoption: why accounts do not use what they could."""

    queryset = NonAdoption.objects.select_related("account", "noted_by")
    serializer_class = NonAdoptionOut
    filterset_class = NonAdoptionFilters

    @extend_schema(request=NonAdoptionIn, responses={200: NonAdoptionOut})
    def create(self, request: Request) -> Response:
        """Note why a use case is not used; it takes the place of what was noted before."""
        asked = self.asked(NonAdoptionIn)
        noted = adoption.note_non_adoption(
            account_id=asked.pop("account").pk, by=self.caller, now=timezone.now(), **asked
        )
        return self.told(noted)

    @answers_with(NonAdoptionOut)
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: int) -> Response:
        """Take the reason away; the answer is what it was."""
        return self.cleared(
            lambda noted: adoption.clear_non_adoption(
                account_id=noted.account_id,
                use_case=noted.use_case,
                by=self.caller,
                now=timezone.now(),
            )
        )
