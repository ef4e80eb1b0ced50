"""What the schema cannot read off the code: the token's header, and the one shape of errors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_standardized_errors import openapi
from rest_framework import serializers

OF_WRITES_ONLY = {"409", "413", "415"}
ERROR_TYPES = ["validation_error", "client_error", "server_error"]


class ScopedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ScopedTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object("Authorization", "Token")


class AutoSchema(openapi.AutoSchema):
    def get_operation_id(self) -> str:
        """`ctas_close` for an action, rather than `ctas_close_create`."""
        operation: str = super().get_operation_id()
        is_action = self.method == "POST" and getattr(self.view, "detail", False)
        return operation.removesuffix("_create") if is_action else operation

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in OF_WRITES_ONLY and self.method == "GET":
            return False
        return super()._should_add_error_response(responses, status_code)


class Fault(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs: not_found, required_tasks_open.")
    detail = serializers.CharField(help_text="The same in words for a person.")
    attr = serializers.CharField(
        allow_null=True, help_text="The parameter or field that it is about."
    )


class ErrorResponse(serializers.Serializer[Any]):
    """The shape of every error, whatever its status."""

    type = serializers.ChoiceField(choices=ERROR_TYPES)
    errors = Fault(many=True)  # type: ignore[assignment]  # a field, not the serializer's own
