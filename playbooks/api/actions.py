"""Calls to action and tasks over the API: read them, and do with them what the pages do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Ability
from accounts.models import User
from accounts.serializers import AccountField, PersonField, RequestSerializer
from accounts.viewsets import ScopedViewSet
from playbooks.api.records import (
    CallToActionDetailOut,
    CallToActionFilters,
    CallToActionOut,
    PriorityField,
    TaskFilters,
    TaskOut,
)
from playbooks.models import CallToAction, CTAEvent, CTAType, PlaybookVersion, Task
from playbooks.services import ctas
from playbooks.services.catalogue import current_versions

M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Callable[..., Response])

CLOSING_CHOICES = [
    (value.value, value.label) for value in CallToAction.Status if value in ctas.CLOSED
]


class PlaybookField(serializers.CharField):
    """The current version of an active playbook, by the playbook's code."""

    default_error_messages = {"does_not_exist": "No playbook in use has this code."}

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
    owner = PersonField(
        required=False, help_text="E-mail; without it the caller, for a service the CSM."
    )
    playbook = PlaybookField(required=False, help_text="Its code: its steps become tasks.")
    key = serializers.UUIDField(
        required=False, help_text="Made by the caller: sent again, it opens no second one."
    )


class CloseIn(RequestSerializer):
    status = serializers.ChoiceField(choices=CLOSING_CHOICES)
    comment = serializers.CharField(max_length=5_000, required=False, allow_blank=True)


class SnoozeIn(RequestSerializer):
    until = serializers.DateField(help_text="The day on which it is back in the queue.")
    reason = serializers.CharField(max_length=300)


class CommentIn(RequestSerializer):
    text = serializers.CharField(max_length=5_000)


class ReassignIn(RequestSerializer):
    owner = PersonField(help_text="E-mail.")


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

    @property
    def caller(self) -> User:
        return cast("User", self.request.user)


def answers_with(
    record: type[serializers.ModelSerializer[Any]], body: type[RequestSerializer] | None = None
) -> Callable[[F], F]:
    """Describe an action: what it takes, and that it answers with the record."""
    return extend_schema(request=body, responses=record)


class CallToActionViewSet(WorkViewSet[CallToAction]):
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
        return super().get_queryset().prefetch_related(
            Prefetch("tasks", tasks), Prefetch("events", events)
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
        """Take it out of the queue until a day; it stays live."""
        return self.act(ctas.snooze, SnoozeIn)

    @answers_with(CallToActionDetailOut)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, pk: int) -> Response:
        """Bring a snoozed one back before its day."""
        return self.act(ctas.wake)

    @answers_with(CallToActionDetailOut, CommentIn)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: int) -> Response:
        """Write something down, also on a closed one."""
        return self.act(ctas.comment, CommentIn)

    @answers_with(CallToActionDetailOut, ReassignIn)
    @action(detail=True, methods=["post"])
    def reassign(self, request: Request, pk: int) -> Response:
        """Give it, with its owner's open tasks, to somebody who sees the account."""
        return self.act(ctas.reassign, ReassignIn)


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
