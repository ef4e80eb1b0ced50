"""Putting editions in force over the API: the same services as the page, by the same people."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Ability
from accounts.models import User
from accounts.serializers import PersonRef, RequestSerializer
from accounts.viewsets import SharedViewSet
from usage.api.months import MonthField, MonthIn
from usage.models import Edition, Publication
from usage.services import editions

LONGEST_NOTE = 1_000


class EditionRef(serializers.ModelSerializer[Edition]):
    class Meta:
        model = Edition
        fields = ("id", "name")


class PublicationOut(serializers.ModelSerializer[Publication]):
    in_force_from = MonthField(allow_null=True, help_text="Null: from the beginning.")
    published_by = PersonRef(read_only=True, allow_null=True)
    former = EditionRef(
        read_only=True, allow_null=True, help_text="What decided its first month before."
    )

    class Meta:
        model = Publication
        fields = (
            "in_force_from", "published_at", "published_by", "note", "opens_ctas", "former",
            "withdrawn_at",
        )  # fmt: skip


class RollBackIn(RequestSerializer):
    note = serializers.CharField(max_length=LONGEST_NOTE, help_text="Why.")
    opens_ctas = serializers.BooleanField(
        default=False,
        help_text="Open CTAs also for drops and begun use cases that only the change of edition causes.",
    )


class PublishIn(RollBackIn):
    in_force_from = MonthIn(
        required=False,
        allow_null=True,
        help_text="First month it decides; null: from the beginning; left out: the edition's own.",
    )
    seen_digest = serializers.CharField(
        required=False,
        max_length=32,
        help_text="The edition's digest as it was read: refused where it says something else by now.",
    )


class PublishingActions(SharedViewSet[Edition]):
    """Editions that admins put in force, and take back."""

    write_ability = Ability.CONFIGURE
    tells_record = True

    @extend_schema(request=PublishIn)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: int) -> Response:
        """Put a draft, or any edition again, in force from a month on. Its months are scored anew."""
        edition, asked = self.get_object(), self._asked(PublishIn)
        first: date | None = asked.pop("in_force_from", edition.in_force_from)
        editions.publish(
            edition_id=edition.pk,
            now=timezone.now(),
            by=cast("User", request.user),
            in_force_from=first,
            **asked,
        )
        return self._told()

    @extend_schema(request=RollBackIn)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: int) -> Response:
        """Put the edition in force again that decided before this one did."""
        edition, asked = self.get_object(), self._asked(RollBackIn)
        editions.roll_back(
            edition_id=edition.pk, now=timezone.now(), by=cast("User", request.user), **asked
        )
        return self._told()

    def _asked(self, body: type[RequestSerializer]) -> dict[str, Any]:
        serializer = body(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _told(self) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
