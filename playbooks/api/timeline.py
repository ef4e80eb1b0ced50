"""Timelines over the API: what happened with accounts, and writing it down."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import AttendeeUnknown
from accounts.filters import AccountFilter, ChoicesFilter, FilterSet, MomentFilter, PersonFilter
from accounts.models import Account, Attendance, Contact, TimelineActivity
from accounts.querysets import TimelineActivityQuerySet
from accounts.serializers import (
    AccountField,
    AccountRef,
    ChoiceOrNull,
    PersonField,
    PersonRef,
    RequestSerializer,
)
from accounts.services import timeline
from accounts.services.timeline import NewActivity
from playbooks.api.actions import WorkViewSet, answers_with

MOST_ATTENDEES = 200


class ContactRef(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "email", "name", "persona")


class AttendanceOut(serializers.ModelSerializer[Attendance]):
    user = PersonRef(read_only=True, allow_null=True, help_text="Of ours.")
    contact = ContactRef(read_only=True, allow_null=True, help_text="Of the customer's.")

    class Meta:
        model = Attendance
        fields = ("user", "contact")


class ActivityOut(serializers.ModelSerializer[TimelineActivity]):
    account = AccountRef(read_only=True)
    author = PersonRef(read_only=True, allow_null=True)
    attendances = AttendanceOut(many=True, read_only=True)
    sentiment = ChoiceOrNull(TimelineActivity.Sentiment, help_text="Null: not said.")

    class Meta:
        model = TimelineActivity
        fields = (
            "id", "account", "key", "kind", "happened_at", "subject", "notes", "sentiment", "author",
            "attendances", "created_at", "updated_at", "deleted_at",
        )  # fmt: skip
        read_only_fields = fields


class ActivityIn(RequestSerializer):
    """What happened. Contacts are named by their e-mail at the account."""

    kind = serializers.ChoiceField(choices=TimelineActivity.Kind.choices)
    happened_at = serializers.DateTimeField()
    subject = serializers.CharField(max_length=200)
    notes = serializers.CharField(
        max_length=20_000,
        required=False,
        allow_blank=True,
        help_text="Markdown. @someone@example.com mentions a person who sees the account.",
    )
    sentiment = serializers.ChoiceField(
        choices=TimelineActivity.Sentiment.choices,
        required=False,
        allow_blank=True,
        help_text="How the account stands: it counts towards its health.",
    )
    users = serializers.ListField(
        child=PersonField(), required=False, max_length=MOST_ATTENDEES, help_text="E-mails of ours."
    )
    contacts = serializers.ListField(
        child=serializers.EmailField(),
        required=False,
        max_length=MOST_ATTENDEES,
        help_text="E-mails of contacts of the account.",
    )


class LogIn(ActivityIn):
    account = AccountField(help_text="Its external id.")
    key = serializers.UUIDField(
        required=False, help_text="Made by the caller: sent again, it writes no second entry."
    )


class ChangeIn(ActivityIn):
    seen_at = serializers.DateTimeField(
        help_text="Its `updated_at` as the caller saw it: refused where somebody was faster."
    )


class ActivityFilters(FilterSet):
    account = AccountFilter(label="External id or id of its account.")
    kind = ChoicesFilter(choices=TimelineActivity.Kind.choices)
    sentiment = ChoicesFilter(choices=TimelineActivity.Sentiment.choices)
    author = PersonFilter(label="E-mail or id of its author, `me` or `none`.")
    since = MomentFilter(
        field_name="happened_at", lookup_expr="gte", label="Happened then or after."
    )
    until = MomentFilter(field_name="happened_at", lookup_expr="lt", label="Happened before.")


class ActivityViewSet(WorkViewSet[TimelineActivity]):
    """Timelines of accounts: calls, meetings and other activities."""

    queryset = TimelineActivity.objects.select_related("account", "author").prefetch_related(
        Prefetch("attendances", Attendance.objects.select_related("user", "contact").order_by("pk"))
    )
    serializer_class = ActivityOut
    filterset_class = ActivityFilters
    id_argument = "activity_id"

    def get_queryset(self) -> QuerySet[TimelineActivity]:
        """Deleted ones are there by their id alone, to be restored."""
        rows = super().get_queryset()
        assert isinstance(rows, TimelineActivityQuerySet)  # noqa: S101 - for the type checker
        return rows.kept() if self.action == "list" else rows

    @extend_schema(
        request=LogIn,
        responses={
            201: ActivityOut,
            200: OpenApiResponse(ActivityOut, "Its key was known: it is written already."),
        },
    )
    def create(self, request: Request) -> Response:
        """Write an entry."""
        asked = self.asked(LogIn)
        account, now = asked.pop("account"), timezone.now()
        activity = timeline.log_activity(
            account=account, new=_new(account, asked), by=self.caller, now=now
        )
        self.kwargs["pk"] = activity.pk
        is_new = activity.created_at == now
        return Response(
            self.get_serializer(self.get_object()).data,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )

    @answers_with(ActivityOut, ChangeIn)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: int) -> Response:
        """Say an entry anew, all of it."""
        account = self.get_object().account

        def change(*, seen_at: Any, activity_id: int, by: Any, now: Any, **said: Any) -> object:
            return timeline.change_activity(
                activity_id=activity_id, seen_at=seen_at, new=_new(account, said), by=by, now=now
            )

        return self.act(change, ChangeIn)

    @answers_with(ActivityOut)
    @action(detail=True, methods=["post"], url_path="delete", url_name="delete")
    def take_away(self, request: Request, pk: int) -> Response:
        """Take an entry away; it counts no more, and can be restored."""
        return self.act(timeline.delete_activity)

    @answers_with(ActivityOut)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: int) -> Response:
        """Bring a deleted entry back."""
        return self.act(timeline.restore_activity)


def _new(account: Account, said: dict[str, Any]) -> NewActivity:
    """What the caller says, with the account's contacts in place of their addresses.

    Raises AttendeeUnknown.
    """
    asked = {email.lower() for email in said.pop("contacts", ())}
    known = {each.email.lower(): each for each in account.contacts.all()} if asked else {}
    for email in sorted(asked - known.keys()):
        raise AttendeeUnknown(email)
    return NewActivity(**said, contacts=[known[email] for email in sorted(asked)])
