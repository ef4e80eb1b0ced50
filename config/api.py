"""The API's router and the mapping of domain errors to answers."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from drf_standardized_errors.handler import ExceptionHandler as StandardExceptionHandler
from rest_framework.exceptions import APIException

from accounts.errors import DomainError


class ExceptionHandler(StandardExceptionHandler):
    """One error shape: a DomainError is a conflict with the words for the person."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            return Conflict(str(exc))
        return super().convert_known_exceptions(exc)


class Conflict(APIException):
    status_code = 409
    default_code = "conflict"


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
]
