"""Months in the API are written like 2026-05."""

from __future__ import annotations

from datetime import date
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from usage.errors import PeriodInvalid
from usage.forms import months as forms
from usage.periods import format_period, parse_period

SCHEMA = {
    "type": "string",
    "pattern": "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])$",  # there was no year 0
    "example": "2026-05",
}


@extend_schema_field(SCHEMA)
class MonthField(serializers.Field[date, str, str, Any]):
    """The first day of a month, told as its month. Only for answers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: date) -> str:
        return format_period(value)


@extend_schema_field(SCHEMA)
class MonthIn(serializers.CharField):
    """A month in a body, read as its first day."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return parse_period(super().to_internal_value(data))
        except PeriodInvalid as error:
            raise serializers.ValidationError(str(error)) from error


@extend_schema_field(SCHEMA)
class MonthFilter(filters.Filter):
    field_class = forms.MonthField
