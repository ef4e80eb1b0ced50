"""Parts that answers and requests of the API are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Choices, Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
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


class ChoiceOrNull(serializers.ChoiceField):
    """A choice of an answer; null where the column is blank: nothing was chosen."""

    def __init__(self, choices: type[Choices], **kwargs: Any) -> None:
        super().__init__(choices=choices.choices, read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]  # null
        return str(value) or None


class RequestSerializer(serializers.Serializer[Any]):
    """The body of a request; a field that is not known is refused rather than ignored.

    So is a number where a text belongs, or a text where a number does, and 0 for false: to the
    schema they are not the same.
    """

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        told = {name: _mistyped(field, data.get(name)) for name, field in self.fields.items()}
        if mistyped := {name: refusal for name, refusal in told.items() if refusal}:
            raise serializers.ValidationError(mistyped)
        if too_long := dict(self._too_long(data)):
            raise serializers.ValidationError(too_long)
        if unknown := set(data) - set(self.fields):
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), gettext("There is no such field."))
            )
        return values

    def _too_long(self, data: Any) -> Iterator[tuple[str, str]]:
        """Texts beyond their length with the blanks at their ends, which are cut only then."""
        for name, field in self.fields.items():
            text, most = data.get(name), getattr(field, "max_length", None)
            if most is not None and isinstance(text, str) and len(text) > most:
                yield (
                    name,
                    gettext("Ensure this field has no more than %(most)s characters.")
                    % {"most": most},
                )


def _mistyped(field: Any, value: Any) -> str:
    """Why a value is not of its field's type in JSON, which the field itself would overlook."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next(filter(None, (_mistyped(field.child, each) for each in value)), "")
    if isinstance(field, TEXTS) and isinstance(value, int | float):
        return gettext("Not a valid string.")
    if isinstance(field, serializers.BooleanField) and not isinstance(value, bool | None):
        return str(field.error_messages["invalid"])
    if isinstance(field, serializers.IntegerField) and isinstance(value, str):
        return str(field.error_messages["invalid"])
    return ""


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

    default_error_messages = {"does_not_exist": _("Nobody who is active has this e-mail.")}

    def __init__(self, **kwargs: Any) -> None:
        active = User.objects.filter(is_active=True)
        super().__init__(slug_field="email__iexact", queryset=active, **kwargs)
