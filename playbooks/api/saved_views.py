"""Views of the queue that a person keeps, and those that the team shares, over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.filters import MOST_OF_ID, FilterSet, TextFilter, YesNoFilter
from accounts.models import User
from accounts.serializers import PersonRef, RequestSerializer
from accounts.viewsets import ScopedViewSet
from playbooks.api.alerts import OwnWrites
from playbooks.models import SavedView
from playbooks.queries.queue_filter import CHOICES, TEXTS, known_params
from playbooks.services import saved_views

PARAMS = ", ".join(f"`{name}`" for name in sorted({*CHOICES, *TEXTS}))
MOST_OF_VALUE = 120


class SavedViewOut(serializers.ModelSerializer[SavedView]):
    owner = PersonRef(read_only=True)
    params = serializers.DictField(child=serializers.CharField(), read_only=True)
    address = serializers.CharField(read_only=True, help_text="What follows the queue's path.")

    class Meta:
        model = SavedView
        fields = ("id", "owner", "name", "params", "address", "is_shared", "is_default")
        read_only_fields = fields


class ParamsField(serializers.DictField):
    """Parameters of the queue's address; a name or a value that it does not know is refused."""

    child = serializers.CharField(max_length=MOST_OF_VALUE)
    default_error_messages = {"unknown": "The queue knows no {names}, or not with this value."}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        given: dict[str, str] = super().to_internal_value(data)
        if unknown := sorted(given.keys() - known_params(given).keys()):
            self.fail("unknown", names=", ".join(unknown))
        return given


class SavedViewIn(RequestSerializer):
    name = serializers.CharField(max_length=60)
    params = ParamsField(required=False, help_text=f"Of the queue's address: {PARAMS}.")
    is_shared = serializers.BooleanField(required=False, help_text="With the caller's team.")
    is_default = serializers.BooleanField(
        required=False, help_text="What the caller's queue opens with."
    )


class SavedViewFilters(FilterSet):
    name = TextFilter()
    shared = YesNoFilter(field_name="is_shared", label="Shared with a team.")


class SavedViewsViewSet(ScopedViewSet[SavedView]):
    """Saved views of the queue: the caller's own, and those that members of the team share."""

    queryset = SavedView.objects.select_related("owner")
    serializer_class = SavedViewOut
    filterset_class = SavedViewFilters


class SaveViewView(OwnWrites):
    @extend_schema(request=SavedViewIn, responses=SavedViewOut)
    def post(self, request: Request) -> Response:
        """Keep a view under a name, in place of the caller's one of that name."""
        body = SavedViewIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        view = saved_views.save_view(
            owner=cast("User", request.user), params=asked.pop("params", {}), **asked
        )
        return Response(SavedViewOut(view).data)


class RemoveIn(RequestSerializer):
    id = serializers.IntegerField(min_value=1, max_value=MOST_OF_ID)


class RemovedOut(serializers.Serializer[Any]):
    removed = serializers.IntegerField(help_text="0 where the caller has none of that id.")


class RemoveSavedViewView(OwnWrites):
    @extend_schema(request=RemoveIn, responses=RemovedOut)
    def post(self, request: Request) -> Response:
        """Take one of the caller's own views away."""
        body = RemoveIn(data=request.data)
        body.is_valid(raise_exception=True)
        removed = saved_views.delete_view(
            view_id=body.validated_data["id"], owner=cast("User", request.user)
        )
        return Response({"removed": removed})
