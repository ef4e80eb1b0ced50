"""What the schema cannot read off the code: the token's header, and the one shape of errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiParameter
from drf_standardized_errors import openapi
from rest_framework import serializers

from accounts import idempotency

NOT_BLANK = r"^[^\x00]*[^\s\x00\x1c-\x1f\x85][^\x00]*$"  # of what Python takes for blank, \s of others lacks these
NO_NUL = r"^[^\x00]*$"
OF_WRITES_ONLY = {"409", "413", "415", "422"}
ERROR_TYPES = ["validation_error", "client_error", "server_error"]


class ScopedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.ScopedTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object("Authorization", "Token")


IDEMPOTENCY_KEY = OpenApiParameter(
    name=idempotency.HEADER,
    location=OpenApiParameter.HEADER,
    type={"type": "string", "pattern": r"^[!-~]{1,255}$"},
    description="Made by the caller: the call is done once, and answered the same when it is sent "
    "again within 24 hours.",
)


class AutoSchema(openapi.AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        """Every write takes the header."""
        parameters: list[Any] = super().get_override_parameters()
        return parameters if self.method == "GET" else [*parameters, IDEMPOTENCY_KEY]

    def get_operation_id(self) -> str:
        """`ctas_close` for an action, rather than `ctas_close_create`."""
        operation: str = super().get_operation_id()
        is_action = self.method == "POST" and getattr(self.view, "detail", False)
        return operation.removesuffix("_create") if is_action else operation

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in OF_WRITES_ONLY and self.method == "GET":
            return status_code == "409" and getattr(self.view, "read_may_conflict", False)
        if status_code == "400" and self.method == "POST":
            return "400" not in responses  # every body can be one that cannot be read
        return super()._should_add_error_response(responses, status_code)


def tell_bounds(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Say in the schema what is refused: parameters that are blank, fields that are not known."""
    bodies: set[str] = set()
    for operation in _operations(result):
        for parameter in operation.get("parameters", []):
            _bound_parameter(parameter)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            bodies.add(name)
            if not name:  # payloads: their serializer is of their own
                operation["requestBody"]["required"] = True
    for name, schema in result["components"]["schemas"].items():
        properties = schema.get("properties", {}).values()
        if name in bodies:
            schema["additionalProperties"] = False
            _bound_texts(properties)
        else:
            for told in properties:  # rules of what is sent: an answer may be blank
                told.pop("minLength", 0)
                told.pop("pattern", 0)
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in result["paths"].values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _bound_parameter(parameter: dict[str, Any]) -> None:
    schema = parameter["schema"]
    if parameter["in"] != "query":
        return
    if parameter["name"] == "page_size":
        schema["minimum"] = 1
    elif schema["type"] == "array":
        schema["minItems"] = 1
    elif schema["type"] == "string" and schema.keys().isdisjoint(("enum", "format", "pattern")):
        schema |= {"pattern": NOT_BLANK, "maxLength": 255}


def _bound_texts(properties: Iterable[dict[str, Any]]) -> None:
    for told in properties:
        if told.get("type") == "string" and told.keys().isdisjoint(("enum", "format")):
            is_blank_refused = told.pop("minLength", 0)  # by ENFORCE_NON_BLANK_FIELDS
            told["pattern"] = NOT_BLANK if is_blank_refused else NO_NUL


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
