"""One action on many calls to action over the API, with a result for each."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.filters import MOST_OF_ID
from accounts.models import User
from accounts.serializers import PersonField, RequestSerializer
from playbooks.models import BulkRow, BulkRun, CallToAction
from playbooks.services import bulk, ctas
from playbooks.services.bulk import MOST_AT_ONCE, Asked

Action = BulkRun.Action
NOT_THERE = _("There is no such call to action.")

FIELDS: dict[str, tuple[set[str], set[str]]] = {
    Action.START: (set(), set()),
    Action.SNOOZE: ({"until", "reason"}, set()),
    Action.CLOSE: ({"status"}, {"comment"}),
    Action.REASSIGN: ({"owner"}, {"tasks"}),
    Action.MOVE: ({"days"}, {"move_tasks"}),
    Action.MARK: ({"is_important"}, set()),
}
"""What each action needs, and what it takes besides."""


class BulkActionIn(RequestSerializer):
    action = serializers.ChoiceField(choices=Action.choices)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_OF_ID),
        min_length=1,
        max_length=MOST_AT_ONCE,
    )
    until = serializers.DateField(required=False, help_text="To snooze: the last day asleep.")
    reason = serializers.CharField(max_length=300, required=False, help_text="To snooze.")
    status = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in CallToAction.Status if each in ctas.CLOSED],
        required=False,
        help_text="To close.",
    )
    comment = serializers.CharField(
        max_length=5_000, required=False, allow_blank=True, help_text="To close."
    )
    owner = PersonField(required=False, help_text="To reassign: e-mail.")
    tasks = serializers.ChoiceField(
        choices=ctas.TasksToo.choices,
        required=False,
        help_text="To reassign: which open tasks go along.",
    )
    days = serializers.IntegerField(
        min_value=-366, max_value=366, required=False, help_text="To move the due date by."
    )
    move_tasks = serializers.BooleanField(
        required=False, help_text="To move: without it the open tasks are moved too."
    )
    is_important = serializers.BooleanField(required=False, help_text="To mark.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed, more = FIELDS[attrs["action"]]
        given = set(attrs) - {"action", "ids"}
        faults = dict.fromkeys(sorted(needed - given), gettext("This action needs it."))
        faults |= dict.fromkeys(
            sorted(given - needed - more), gettext("This action does not take it.")
        )
        if faults:
            raise serializers.ValidationError(faults)
        return attrs


class BulkActionResultOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    outcome = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in BulkRow.Outcome if each != "waiting"]
    )
    detail = serializers.CharField(help_text="Why it was refused.")


class BulkActionOut(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkActionResultOut(many=True)


class BulkActions:
    """The action on many, for the view set of calls to action."""

    @extend_schema(request=BulkActionIn, responses=BulkActionOut)
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Do one action with up to 200, each on its own; an id that is not seen is refused like one that is gone."""
        body = BulkActionIn(data=request.data, context=self.get_serializer_context())  # type: ignore[attr-defined]  # of a view set
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        name, ids = asked.pop("action"), list(dict.fromkeys(asked.pop("ids")))
        run = bulk.ask(
            asked=Asked(name, _plain(asked), str(Action(name).label)),
            cta_ids=ids,
            by=cast("User", request.user),
            now=timezone.now(),
        )
        bulk.work(run)
        return Response(_answer(run, ids))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    if "until" in values:
        values["until"] = values["until"].isoformat()
    if "owner" in values:
        values["owner"] = values["owner"].pk
    return values


def _answer(run: BulkRun, ids: list[int]) -> dict[str, Any]:
    rows = {row.cta_id: row for row in run.rows.all()}
    results = [
        {"id": pk, "outcome": rows[pk].outcome, "detail": rows[pk].reason}
        if pk in rows
        else {"id": pk, "outcome": BulkRow.Outcome.REFUSED.value, "detail": NOT_THERE}
        for pk in ids
    ]
    done = sum(each["outcome"] == BulkRow.Outcome.DONE for each in results)
    return {"done": done, "refused": len(results) - done, "results": results}
