"""An account's consent, with its history: read by who sees the account, changed by who configures."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tasks
from accounts.access import Ability
from accounts.filters import refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites
from accounts.models import Account, Consent, User
from accounts.serializers import PersonRef, RequestSerializer
from accounts.services import consents
from accounts.services.consents import Standing, Wish
from usage.services import consent


class StandingOut(serializers.Serializer[Standing]):
    """What holds for a category of data; where nothing was noted, by contract."""

    category = serializers.ChoiceField(choices=Consent.Category.choices)
    state = serializers.ChoiceField(choices=Consent.State.choices)
    source = serializers.ChoiceField(choices=Consent.Source.choices)  # type: ignore[assignment]  # a field of ours
    since = serializers.DateTimeField()
    by = PersonRef(allow_null=True)
    note = serializers.CharField()


class ConsentOut(serializers.ModelSerializer[Consent]):
    by = PersonRef(read_only=True, allow_null=True)
    erased = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Consent
        fields = ("category", "state", "since", "by", "source", "note", "erased")


class ConsentsOut(serializers.Serializer[Any]):
    standing = StandingOut(many=True)
    history = ConsentOut(many=True, help_text="Newest first.")


class ConsentIn(RequestSerializer):
    state = serializers.ChoiceField(choices=Consent.State.choices)
    category = serializers.ChoiceField(
        choices=Consent.Category.choices,
        default=Consent.Category.OPTIONAL,
        help_text="Only `optional` can be withdrawn: the others come with the contract.",
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ConsentView(IdempotentWrites):
    """An account's consent by category of data. To withdraw it erases, at once and for good."""

    write_ability = Ability.CONFIGURE
    tells_record = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, set())

    @extend_schema(responses=ConsentsOut)
    def get(self, request: Request, pk: int) -> Response:
        """What holds, and each change that was noted."""
        return Response(_told(_account(request, pk)))

    @extend_schema(request=ConsentIn, responses=ConsentsOut)
    def post(self, request: Request, pk: int) -> Response:
        """Withdraw or grant; the newest row of the history says how many rows lost data by it."""
        account = _account(request, pk)
        body = ConsentIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        by, now = cast("User", request.user), timezone.now()
        wish = Wish(source=Consent.Source.API, note=asked["note"])
        if asked["state"] == Consent.State.WITHDRAWN:
            erased = consent.withdraw(
                account_id=account.pk, by=by, now=now, category=asked["category"], wish=wish
            )
            if erased.job is not None:
                tasks.wake(erased.job)
        elif asked["category"] == Consent.Category.OPTIONAL:
            consent.grant(account_id=account.pk, by=by, now=now, wish=wish)
        account.refresh_from_db()
        return Response(_told(account))


def _account(request: Request, pk: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(request.user), pk=pk)


def _told(account: Account) -> Any:
    noted = account.consents.select_related("by").order_by("category", "-number")
    return ConsentsOut({"standing": consents.standings(account), "history": noted}).data
