"""What every list and record of the API shares."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.filters import FilterSet, refuse_unknown_parameters
from accounts.idempotency import IdempotentWrites

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

M = TypeVar("M", bound=Model)


class Scoped(Protocol):
    def visible_to(self, user: User | AnonymousUser) -> Self: ...


class SharedViewSet(IdempotentWrites, ReadOnlyModelViewSet[M]):
    """Records that everyone who may read sees: configuration, not customers."""

    filterset_class: ClassVar[type[FilterSet] | None] = None
    detail_serializer_class: ClassVar[type[BaseSerializer[Any]] | None] = None
    lookup_value_converter = "int"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with timezone.override(UTC):  # the pages' zone is the person's
            response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)  # what one caller sees is no other's
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.known_parameters())

    def known_parameters(self) -> set[str]:
        known = {str(api_settings.URL_FORMAT_OVERRIDE)}
        if self.action == "list":
            filters = self.filterset_class.base_filters if self.filterset_class else {}
            known |= {"cursor", "page_size", *filters}
        return known

    def get_serializer_class(self) -> type[BaseSerializer[M]]:
        if self.detail_serializer_class is not None and self.action != "list":
            return self.detail_serializer_class
        return super().get_serializer_class()


class ScopedViewSet(SharedViewSet[M]):
    """Records of customers: of those that a person may not see, there are none."""

    def get_queryset(self) -> QuerySet[M]:
        scoped = cast("Scoped", super().get_queryset()).visible_to(self.request.user)
        return cast("QuerySet[M]", scoped)
