"""Query parameters of the API: what a list is narrowed by, and nothing else."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import ChoiceField, IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import Account, User

LONGEST_ID = 18  # digits that fit a BIGINT
MOST_OF_ID = 10**LONGEST_ID - 1
LONGEST_TEXT = 255
Rows = QuerySet[Any]


def is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """Raise a ValidationError that names each parameter that is unknown, empty or given twice.

    A list that ignores a misspelt filter hands out everything, and nobody notices.
    """
    faults: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name not in known:
            faults[name] = gettext("There is no such parameter. Known here: %(names)s.") % {
                "names": ", ".join(sorted(known))
            }
        elif len(values) > 1:
            faults[name] = gettext("Give this parameter once.")
        elif not values[0].strip():
            faults[name] = gettext("Give a value, or leave the parameter out.")
    if faults:
        raise ValidationError(faults)


class FilterSet(filters.FilterSet):
    """Filters of one list. A name that Python reserves is declared with an underscore behind it."""

    @classmethod
    def get_filters(cls) -> OrderedDict[str, filters.Filter]:
        declared = super().get_filters()
        return OrderedDict((name.removesuffix("_"), kept) for name, kept in declared.items())

    @property
    def caller(self) -> User:
        return cast("User", cast("HttpRequest", self.request).user)


class TextField(forms.CharField):
    def to_python(self, value: Any) -> str | None:
        """The text without blanks at its ends; they count for what is too long."""
        if value is not None and len(value) > LONGEST_TEXT:
            raise forms.ValidationError(
                gettext("At most %(most)s characters.") % {"most": LONGEST_TEXT},
                code="max_length",
            )
        return super().to_python(value)


class TextFilter(filters.CharFilter):
    field_class = TextField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max_length": LONGEST_TEXT} | kwargs))


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 10**LONGEST_ID})
class IdFilter(filters.Filter):
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"min_value": 1, "max_value": 10**LONGEST_ID} | kwargs))


@extend_schema_field(OpenApiTypes.BOOL)
class YesNoFilter(filters.TypedChoiceFilter):
    """`true` or `false`; anything else is refused (a BooleanFilter takes it for "not asked")."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", _("Yes")), ("false", _("No"))]
        super().__init__(*args, choices=choices, coerce="true".__eq__, **kwargs)


class DayFilter(filters.DateFilter):
    """A day in ISO 8601; a form's own field takes the days of several countries."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **kwargs)


class MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        """The moment in UTC: PostgreSQL takes only the offsets that some country has."""
        moment = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise forms.ValidationError(
                gettext("Give a moment of this era."), code="invalid"
            ) from error


class MomentFilter(filters.IsoDateTimeFilter):
    """A day or a moment in ISO 8601; without an offset in UTC."""

    field_class = MomentField


class FilledChoiceField(ChoiceField):
    def clean(self, value: Any) -> Any:
        if value == "":
            raise forms.ValidationError(
                gettext("Give a choice on each side of a comma."), code="required"
            )
        return super().clean(value)


class ChoicesFilter(filters.BaseInFilter, filters.ChoiceFilter):
    """One of the choices, or several with commas between them."""

    field_class = FilledChoiceField


class AccountFilter(TextFilter):
    """An account by the vendor's own id or, where no account has that, by ours. Costs a query."""

    def filter(self, qs: Rows, value: str | None) -> Rows:
        if value in EMPTY_VALUES or value is None:
            return qs
        if is_id(value) and not Account.objects.filter(external_id=value).exists():
            return qs.filter(**{f"{self.field_name}__pk": int(value)})
        return qs.filter(**{f"{self.field_name}__external_id": value})


class PersonFilter(TextFilter):
    """A person by e-mail or id; `me` is the caller, `none` nobody."""

    parent: FilterSet

    def filter(self, qs: Rows, value: str | None) -> Rows:
        if value in EMPTY_VALUES or value is None:
            return qs
        if value == "none":
            return qs.filter(**{f"{self.field_name}__isnull": True})
        if value == "me":
            return qs.filter(**{f"{self.field_name}__pk": self.parent.caller.pk})
        if is_id(value):
            return qs.filter(**{f"{self.field_name}__pk": int(value)})
        return qs.filter(**{f"{self.field_name}__email__iexact": value})
