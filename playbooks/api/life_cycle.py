"""How far accounts have come over the API: milestones with their days, and what people say by hand."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Ability
from accounts.filters import AccountFilter, ChoicesFilter, FilterSet, refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites
from accounts.models import Account, Milestone, User
from accounts.querysets import MilestoneQuerySet
from accounts.serializers import AccountField, AccountRef, PersonRef, RequestSerializer
from accounts.services import milestones
from playbooks.api.actions import WorkViewSet, answers_with
from playbooks.api.adoption import UseCaseField
from playbooks.milestones import PATH, Stage, State
from playbooks.queries.life_cycle import LifeCycle, LifeCycles


class CourseMilestoneOut(serializers.Serializer[Any]):
    code = serializers.CharField(source="goal.code")
    name = serializers.CharField(source="goal.name")
    target_days = serializers.IntegerField(source="goal.target_days", allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=[each.value for each in State])
    reached_on = serializers.DateField(source="reached.on", default=None, allow_null=True)
    days = serializers.IntegerField(
        allow_null=True, help_text="From the start of the first subscription; negative before it."
    )
    is_bound = serializers.BooleanField(
        source="reached.is_bound", default=False, help_text="Reached on that day at the latest."
    )
    is_by_hand = serializers.BooleanField(source="reached.is_by_hand", default=False)
    source = serializers.CharField(source="reached.how", default="")  # type: ignore[assignment]  # a field of ours


class LifeCycleOut(serializers.Serializer[Any]):
    start = serializers.DateField(allow_null=True)
    stage = serializers.ChoiceField(choices=[each.value for each in Stage])
    path = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in PATH]),
        help_text="The stages in their order.",
    )
    milestones = CourseMilestoneOut(many=True)
    use_cases = CourseMilestoneOut(many=True, help_text="When each use case first was Green.")
    bought = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the use cases that it was bought for."
    )


def told(life_cycle: LifeCycle) -> dict[str, Any]:
    """The body of an answer."""
    content = {
        "start": life_cycle.start,
        "stage": life_cycle.phase.stage,
        "path": PATH,
        "milestones": life_cycle.milestones,
        "use_cases": life_cycle.use_cases,
        "bought": sorted(life_cycle.bought),
    }
    return dict(LifeCycleOut(content).data)


class LifeCycleView(APIView):
    @extend_schema(responses=LifeCycleOut)
    def get(self, request: Request, pk: int) -> Response:
        """The stage of an account, its milestones and the days that they took."""
        refuse_unknown_parameters(request, set())
        account = get_object_or_404(Account.objects.visible_to(cast("User", request.user)), pk=pk)
        return Response(told(LifeCycles(now=timezone.now()).of([account.pk])[account.pk]))


class UseCasesIn(RequestSerializer):
    use_cases = serializers.ListField(
        child=UseCaseField(max_length=40), max_length=40, help_text="These and no others."
    )


class BoughtUseCasesView(IdempotentWrites):
    write_ability = Ability.WORK_CTAS
    tells_record = True

    @extend_schema(request=UseCasesIn, responses=LifeCycleOut)
    def post(self, request: Request, pk: int) -> Response:
        """Say what an account bought the product for: adoption is done when that is Green."""
        refuse_unknown_parameters(request, set())
        by, now = cast("User", request.user), timezone.now()
        account = get_object_or_404(Account.objects.visible_to(by), pk=pk)
        body = UseCasesIn(data=request.data)
        body.is_valid(raise_exception=True)
        milestones.choose_use_cases(
            account_id=account.pk, use_cases=body.validated_data["use_cases"], by=by, now=now
        )
        return Response(told(LifeCycles(now=now).of([account.pk])[account.pk]))


class MilestoneOut(serializers.ModelSerializer[Milestone]):
    account = AccountRef(read_only=True)
    set_by = PersonRef(read_only=True, allow_null=True)

    class Meta:
        model = Milestone
        fields = ("id", "account", "code", "reached_on", "source", "note", "set_by", "set_at")
        read_only_fields = fields


class MilestoneIn(RequestSerializer):
    account = AccountField(help_text="Its external id.")
    code = serializers.ChoiceField(choices=Milestone.Code.choices)
    reached_on = serializers.DateField(help_text="Not a day to come.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field of ours
        max_length=120, help_text="How it is known: a call, a system, a person."
    )
    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class MilestoneFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    code = ChoicesFilter(choices=Milestone.Code.choices)


class MilestoneViewSet(WorkViewSet[Milestone]):
    """Milestones that somebody said by hand: they go before what is found by itself."""

    queryset = Milestone.objects.select_related("account", "set_by")
    serializer_class = MilestoneOut
    filterset_class = MilestoneFilters
    id_argument = "milestone_id"

    def get_queryset(self) -> QuerySet[Milestone]:
        """Cleared ones are there to be restored, and for nothing else."""
        rows = super().get_queryset()
        assert isinstance(rows, MilestoneQuerySet)  # noqa: S101 - for the type checker
        return rows if self.action == "restore" else rows.kept()

    @extend_schema(request=MilestoneIn, responses={200: MilestoneOut})
    def create(self, request: Request) -> Response:
        """Say what an account has reached; said again it is corrected."""
        asked = self.asked(MilestoneIn)
        account = asked.pop("account")
        said = milestones.set_milestone(
            account_id=account.pk,
            new=milestones.NewMilestone(**asked),
            by=self.caller,
            now=timezone.now(),
        )
        return self.told(said)

    @answers_with(MilestoneOut)
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: int) -> Response:
        """Take it back: what is found by itself counts again; the answer is what it was."""
        return self.cleared(
            lambda said: milestones.clear_milestone(
                account_id=said.account_id, code=said.code, by=self.caller, now=timezone.now()
            )
        )

    @answers_with(MilestoneOut)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: int) -> Response:
        """Bring back what was cleared, as it was said; one that is set anew meanwhile stays as it is."""
        return self.act(milestones.restore_milestone)
