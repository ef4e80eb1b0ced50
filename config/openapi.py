"""What the schema cannot read off the code: the token's header and two more errors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_standardized_errors import openapi
from drf_standardized_errors.openapi_serializers import ClientErrorEnum
from rest_framework import serializers

OF_WRITES_ONLY = {"409", "413"}


class ScopedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ScopedTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object("Authorization", "Token")


class AutoSchema(openapi.AutoSchema):
    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in OF_WRITES_ONLY and self.method == "GET":
            return False
        return super()._should_add_error_response(responses, status_code)


class ConflictError(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="What is in the way: cta_changed, required_tasks_open.")
    detail = serializers.CharField(help_text="The same in words for a person.")
    attr = serializers.CharField(allow_null=True)


class ErrorResponse409(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ClientErrorEnum.choices)
    errors = ConflictError(many=True)  # type: ignore[assignment]  # a field, not the serializer's own


class TooLargeError(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=[("body_too_large", "The body is too large")])
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ErrorResponse413(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ClientErrorEnum.choices)
    errors = TooLargeError(many=True)  # type: ignore[assignment]  # likewise
