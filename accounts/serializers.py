"""Parts that answers and requests of the API are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Account, User
from accounts.querysets import AccountQuerySet

TEXTS = (serializers.CharField, serializers.UUIDField)
M = TypeVar("M", bound=Model)


class AccountRef(serializers.ModelSerializer[Account]):
    class Meta:
        model = Account
        fields = ("id", "external_id", "name")


class PersonRef(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields = ("id", "email", "name")


class RequestSerializer(serializers.Serializer[Any]):
    """The body of a request; a field that is not known is refused rather than ignored.

    So is a number where a text belongs: it is no text to the schema either.
    """

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        numbers = {
            name: "Not a valid string."
            for name, field in self.fields.items()
            if isinstance(field, TEXTS) and isinstance(data.get(name), int | float)
        }
        if numbers:
            raise serializers.ValidationError(numbers)
        if too_long := dict(self._too_long(data)):
            raise serializers.ValidationError(too_long)
        if unknown := set(data) - set(self.fields):
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), "There is no such field.")
            )
        return values

    def _too_long(self, data: Any) -> Iterator[tuple[str, str]]:
        """Texts beyond their length with the blanks at their ends, which are cut only then."""
        for name, field in self.fields.items():
            text, most = data.get(name), getattr(field, "max_length", None)
            if most is not None and isinstance(text, str) and len(text) > most:
                yield name, f"Ensure this field has no more than {most} characters."


class NamedField(serializers.SlugRelatedField[M]):
    """A row that a request names by a text; of anything else the database would make an error."""

    def to_internal_value(self, data: Any) -> M:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class AccountField(NamedField[Account]):
    """An account that the caller sees, by its external id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="external_id", queryset=Account.objects.all(), **kwargs)

    def get_queryset(self) -> AccountQuerySet:
        return Account.objects.visible_to(self.context["request"].user)


@extend_schema_field(OpenApiTypes.EMAIL)
class PersonField(NamedField[User]):
    """An active person, by e-mail in any case."""

    default_error_messages = {"does_not_exist": "Nobody who is active has this e-mail."}

    def __init__(self, **kwargs: Any) -> None:
        active = User.objects.filter(is_active=True)
        super().__init__(slug_field="email__iexact", queryset=active, **kwargs)
