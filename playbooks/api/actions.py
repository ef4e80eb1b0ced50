"""Calls to action and tasks over the API: read them, and do with them what the pages do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Ability
from accounts.filters import MOST_OF_ID
from accounts.models import Objective, Subscription, TimelineActivity, User
from accounts.serializers import AccountField, NamedField, PersonField, RequestSerializer
from accounts.viewsets import ScopedViewSet
from playbooks.api.bulk import BulkActions
from playbooks.api.records import (
    CallToActionDetailOut,
    CallToActionFilters,
    CallToActionOut,
    PriorityField,
    TaskFilters,
    TaskOut,
)
from playbooks.models import (
    CallToAction,
    CTAEvent,
    CTALink,
    CTAType,
    PlaybookVersion,
    RiskImpact,
    RiskReason,
    Task,
)
from playbooks.services import ctas
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas.linking import LONGEST_URL
from playbooks.statuses import OF_ANY_TYPE, OF_ONE_TYPE

M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Callable[..., Response])

CLOSING_CHOICES = [
    (value.value, value.label) for value in CallToAction.Status if value in ctas.CLOSED
]


CLOSING_HELP = "Any type: {}. Besides, {}.".format(
    ", ".join(f"`{status}`" for status in OF_ANY_TYPE),
    "; ".join(
        f"type `{of}`: " + ", ".join(f"`{status}`" for status in statuses)
        for of, statuses in OF_ONE_TYPE.items()
    ),
)


class PlaybookField(serializers.CharField):
    """The current version of an active playbook, by the playbook's code."""

    default_error_messages = {"does_not_exist": _("No playbook in use has this code.")}

    def to_internal_value(self, data: Any) -> PlaybookVersion:  # type: ignore[override]  # its version
        version = current_versions().get(super().to_internal_value(data))
        if version is None:
            self.fail("does_not_exist")
        return version


class OpenIn(RequestSerializer):
    account = AccountField(help_text="Its external id.")
    title = serializers.CharField(max_length=200)
    type = serializers.ChoiceField(choices=CTAType.choices)
    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=120, required=False)
    summary = serializers.CharField(max_length=500, required=False)
    priority = PriorityField(required=False, help_text="Without it medium.")
    is_important = serializers.BooleanField(required=False)
    risk_impact = serializers.ChoiceField(
        choices=RiskImpact.choices, required=False, help_text="Of type `risk` only."
    )
    risk_reason = serializers.ChoiceField(
        choices=RiskReason.choices, required=False, help_text="Of type `risk` only."
    )
    owner = PersonField(
        required=False, help_text="E-mail; without it the caller, for a service the CSM."
    )
    playbook = PlaybookField(required=False, help_text="Its code: its steps become tasks.")
    key = serializers.UUIDField(
        required=False, help_text="Made by the caller: sent again, it opens no second one."
    )


class CloseIn(RequestSerializer):
    status = serializers.ChoiceField(choices=CLOSING_CHOICES, help_text=CLOSING_HELP)
    comment = serializers.CharField(max_length=5_000, required=False, allow_blank=True)


class SnoozeIn(RequestSerializer):
    until = serializers.DateField(
        help_text="Its last day out of the queue, in the organisation's time zone: back the day after."
    )
    reason = serializers.CharField(max_length=300)


class CommentIn(RequestSerializer):
    text = serializers.CharField(
        max_length=5_000, help_text="@someone@example.com mentions a person who sees the account."
    )


class ReassignIn(RequestSerializer):
    owner = PersonField(help_text="E-mail.")
    tasks = serializers.ChoiceField(
        choices=ctas.TasksToo.choices,
        required=False,
        help_text="Which open tasks go along; without it those of the owner before.",
    )


class RescheduleIn(RequestSerializer):
    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    move_tasks = serializers.BooleanField(
        required=False, help_text="Move the open tasks by as many days; without it they are moved."
    )


class UndoRescheduleIn(RequestSerializer):
    event = serializers.IntegerField(
        source="event_id",
        min_value=1,
        max_value=MOST_OF_ID,
        help_text="Id of the event that moved it.",
    )


class AssessRiskIn(RequestSerializer):
    impact = serializers.ChoiceField(choices=RiskImpact.choices, required=False, allow_blank=True)
    reason = serializers.ChoiceField(choices=RiskReason.choices, required=False, allow_blank=True)


class SeenField(serializers.PrimaryKeyRelatedField[Any]):
    """A record that the caller sees, by its id."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().visible_to(self.context["request"].user)  # type: ignore[no-any-return,union-attr]  # ours has it


class SubscriptionField(NamedField[Subscription]):
    """A subscription that the caller sees, by its external id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="external_id", queryset=Subscription.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Subscription]:
        return Subscription.objects.visible_to(self.context["request"].user)


class LinkIn(RequestSerializer):
    """One of `url`, `objective`, `subscription`, `activity`, `other_cta`."""

    url = serializers.CharField(
        max_length=LONGEST_URL, required=False, help_text="Begins with https:// or http://."
    )
    kind = serializers.ChoiceField(
        choices=CTALink.Kind.choices,
        required=False,
        help_text="Of a `url`; without it `other`. What leads to a record is of that record's kind.",
    )
    objective = SeenField(queryset=Objective.objects.all(), required=False)
    subscription = SubscriptionField(required=False, help_text="Its external id.")
    activity = SeenField(queryset=TimelineActivity.objects.kept(), required=False)
    other_cta = SeenField(queryset=CallToAction.objects.all(), required=False)
    label = serializers.CharField(  # type: ignore[assignment]  # a field of the body, not of the class
        max_length=200, required=False, allow_blank=True
    )


class UnlinkIn(RequestSerializer):
    link = serializers.IntegerField(source="link_id", min_value=1, max_value=MOST_OF_ID)


class MarkIn(RequestSerializer):
    is_important = serializers.BooleanField()


class NothingIn(RequestSerializer):
    """No body, or an empty object."""


class WorkViewSet(ScopedViewSet[M]):
    """Records with actions: each calls one service and answers with what became of the record."""

    write_ability = Ability.WORK_CTAS
    tells_record = True
    id_argument: ClassVar[str]

    def act(
        self, service: Callable[..., object], body: type[RequestSerializer] = NothingIn
    ) -> Response:
        """Do an action. Of somebody else's record there is nothing to say but 404: that comes first."""
        record_id = self.kwargs["pk"]
        if not self.get_queryset().filter(pk=record_id).exists():
            raise Http404
        asked = self.asked(body)
        service(**{self.id_argument: record_id}, by=self.caller, now=timezone.now(), **asked)
        return Response(self.get_serializer(self.get_object()).data)

    def asked(self, body: type[RequestSerializer]) -> dict[str, Any]:
        serializer = body(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def told(self, record: M) -> Response:
        """Answer with a record that was made or replaced."""
        self.kwargs["pk"] = record.pk
        return Response(self.get_serializer(self.get_object()).data)

    def cleared(self, clear: Callable[[M], object]) -> Response:
        """Take a record away; the answer is what it was."""
        record = self.get_object()
        was = self.get_serializer(record).data
        self.asked(NothingIn)
        clear(record)
        return Response(was)

    @property
    def caller(self) -> User:
        return cast("User", self.request.user)


def answers_with(
    record: type[serializers.ModelSerializer[Any]], body: type[RequestSerializer] | None = None
) -> Callable[[F], F]:
    """Describe an action: what it takes, and that it answers with the record."""
    return extend_schema(request=body, responses=record)


class CallToActionViewSet(BulkActions, WorkViewSet[CallToAction]):
    """Calls to action: what a CSM should do for an account."""

    queryset = CallToAction.objects.select_related(
        "account", "trigger", "owner", "closed_by", "playbook_version__playbook"
    )
    serializer_class = CallToActionOut
    detail_serializer_class = CallToActionDetailOut
    filterset_class = CallToActionFilters
    id_argument = "cta_id"

    def get_queryset(self) -> QuerySet[CallToAction]:
        if self.action == "list":
            return super().get_queryset().defer("evidence")
        tasks = Task.objects.select_related("owner", "done_by").order_by("position")
        events = CTAEvent.objects.select_related("actor").order_by("at", "pk")
        links = CTALink.objects.shown().select_related("created_by", "subscription")
        return super().get_queryset().prefetch_related(
            Prefetch("tasks", tasks), Prefetch("events", events), Prefetch("links", links)
        )  # fmt: skip

    @extend_schema(
        request=OpenIn,
        responses={
            201: CallToActionDetailOut,
            200: OpenApiResponse(CallToActionDetailOut, "Its key was known: it is open already."),
        },
    )
    def create(self, request: Request) -> Response:
        """Open a call to action by hand."""
        asked = self.asked(OpenIn)
        account, now = asked.pop("account"), timezone.now()
        new = ctas.NewCTA(playbook_version=asked.pop("playbook", None), **asked)
        cta = ctas.open_cta(account=account, new=new, by=self.caller, now=now)
        self.kwargs["pk"] = cta.pk
        is_new = cta.opened_at == now
        return Response(
            self.get_serializer(self.get_object()).data,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )

    @answers_with(CallToActionDetailOut)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: int) -> Response:
        """Start work on a new one."""
        return self.act(ctas.start_work)

    @answers_with(CallToActionDetailOut, CloseIn)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: int) -> Response:
        """Close it; as a success only when its required tasks are done."""
        return self.act(ctas.close_cta, CloseIn)

    @answers_with(CallToActionDetailOut)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:
        """Open a closed one again, in the status that it had."""
        return self.act(ctas.reopen_cta)

    @answers_with(CallToActionDetailOut, SnoozeIn)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: int) -> Response:
        """Take it out of the queue to the end of a day; it stays live."""
        return self.act(ctas.snooze, SnoozeIn)

    @answers_with(CallToActionDetailOut)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, pk: int) -> Response:
        """Bring a snoozed one back before its day is over."""
        return self.act(ctas.wake)

    @answers_with(CallToActionDetailOut, CommentIn)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: int) -> Response:
        """Write something down, also on a closed one."""
        return self.act(ctas.comment, CommentIn)

    @answers_with(CallToActionDetailOut, ReassignIn)
    @action(detail=True, methods=["post"])
    def reassign(self, request: Request, pk: int) -> Response:
        """Give it, with the open tasks that are chosen, to somebody who sees the account."""
        return self.act(ctas.reassign, ReassignIn)

    @answers_with(CallToActionDetailOut, RescheduleIn)
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: int) -> Response:
        """Move its due date, and its open tasks by as many days; the original date stays."""
        return self.act(ctas.reschedule, RescheduleIn)

    @answers_with(CallToActionDetailOut, UndoRescheduleIn)
    @action(detail=True, methods=["post"], url_path="undo-reschedule")
    def undo_reschedule(self, request: Request, pk: int) -> Response:
        """Take back what one move did; refused where a date or a moved task has changed since."""
        return self.act(ctas.undo_reschedule, UndoRescheduleIn)

    @answers_with(CallToActionDetailOut, AssessRiskIn)
    @action(detail=True, methods=["post"], url_path="assess-risk")
    def assess_risk(self, request: Request, pk: int) -> Response:
        """Say what a risk would cost and what it comes from; what is left out is not known."""
        return self.act(ctas.assess_risk, AssessRiskIn)

    @answers_with(CallToActionDetailOut, MarkIn)
    @action(detail=True, methods=["post"])
    def mark(self, request: Request, pk: int) -> Response:
        """Mark it as important, or no longer."""
        return self.act(ctas.mark_important, MarkIn)

    @answers_with(CallToActionDetailOut, LinkIn)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: int) -> Response:
        """Link it with a record of its account, or with an address."""
        return self.act(_link, LinkIn)

    @answers_with(CallToActionDetailOut, UnlinkIn)
    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: int) -> Response:
        """Take a link away again."""
        return self.act(ctas.unlink_cta, UnlinkIn)


def _link(*, cta_id: int, by: User, now: datetime, **said: Any) -> CTALink:
    return ctas.link_cta(cta_id=cta_id, link=ctas.NewLink(**said), by=by, now=now)


class TaskViewSet(WorkViewSet[Task]):
    """Tasks of calls to action."""

    queryset = Task.objects.select_related("owner", "done_by")
    serializer_class = TaskOut
    filterset_class = TaskFilters
    id_argument = "task_id"

    @answers_with(TaskOut)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: int) -> Response:
        """Tick it; the first task ticked starts the work on its call to action."""
        return self.act(ctas.complete_task)

    @answers_with(TaskOut)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:
        """Take its tick away again."""
        return self.act(ctas.reopen_task)
