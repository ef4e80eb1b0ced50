"""Months in the API are written like 2026-05."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from usage.errors import PeriodInvalid
from usage.periods import format_period, parse_period

SCHEMA = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "example": "2026-05"}


@extend_schema_field(SCHEMA)
class MonthField(serializers.Field[date, str, str, Any]):
    """The first day of a month, told as its month. Only for answers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: date) -> str:
        return format_period(value)


class MonthFormField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_period(text) if text else None
        except PeriodInvalid as error:
            # what was sent is quoted in it: a percent sign there must not be read as a place
            fault = {"fault": str(error)}
            raise ValidationError("%(fault)s", code="invalid", params=fault) from error


@extend_schema_field(SCHEMA)
class MonthFilter(filters.Filter):
    field_class = MonthFormField
