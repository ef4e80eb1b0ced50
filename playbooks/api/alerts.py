"""A person's alerts over the API, and which accounts they follow."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Ability
from accounts.filters import ChoicesFilter, FilterSet, YesNoFilter, refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites
from accounts.models import Account, User
from accounts.serializers import AccountRef, RequestSerializer
from accounts.viewsets import ScopedViewSet
from playbooks.models import ALERT_KINDS, Notification
from playbooks.services.alerts import following

MOST_IDS = 500


class AlertOut(serializers.ModelSerializer[Notification]):
    account = AccountRef(read_only=True, allow_null=True)
    kind = serializers.ChoiceField(choices=ALERT_KINDS, read_only=True)
    path = serializers.CharField(
        source="get_absolute_url", read_only=True, help_text="Of the page of what it is about."
    )

    class Meta:
        model = Notification
        fields = ("id", "kind", "account", "title", "text", "at", "path", "read_at")
        read_only_fields = fields


class AlertFilters(FilterSet):
    unread = YesNoFilter(field_name="read_at", lookup_expr="isnull", label="Not read.")
    kind = ChoicesFilter(choices=ALERT_KINDS)


class AlertsViewSet(ScopedViewSet[Notification]):
    """Alerts of the caller, as the page shows them."""

    queryset = Notification.objects.on_page().select_related("account")
    serializer_class = AlertOut
    filterset_class = AlertFilters


class ReadIn(RequestSerializer):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**53),
        required=False,
        max_length=MOST_IDS,
        help_text="Without it all of them.",
    )


class ReadOut(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were unread.")


class OwnWrites(IdempotentWrites):
    """Changes what is the caller's own: whoever may read may do it."""

    write_ability = Ability.READ

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, set())


class ReadAlertsView(OwnWrites):
    @extend_schema(request=ReadIn, responses=ReadOut)
    def post(self, request: Request) -> Response:
        """Mark alerts of the caller as read; ids of others are as ids of none."""
        body = ReadIn(data=request.data)
        body.is_valid(raise_exception=True)
        count = following.mark_read(
            by=cast("User", request.user), now=timezone.now(), ids=body.validated_data.get("ids")
        )
        return Response({"read": count})


class FollowIn(RequestSerializer):
    follows = serializers.BooleanField(help_text="false: no longer.")


class FollowOut(serializers.Serializer[Any]):
    follows = serializers.BooleanField()


class FollowView(OwnWrites):
    @extend_schema(request=FollowIn, responses=FollowOut)
    def post(self, request: Request, pk: int) -> Response:
        """Follow an account, or no longer: the caller hears of its risks, drops and timeline."""
        by = cast("User", request.user)
        account = get_object_or_404(Account.objects.visible_to(by), pk=pk)
        body = FollowIn(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["follows"]:
            following.follow(account_id=account.pk, by=by, now=timezone.now())
        else:
            following.unfollow(account_id=account.pk, by=by)
        return Response({"follows": body.validated_data["follows"]})
