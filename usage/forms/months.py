"""A month in a form: the browser's own picker, or 2026-05 typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from usage.errors import PeriodInvalid
from usage.periods import format_period, parse_period


class MonthInput(forms.DateInput):
    """The browser's own picker of months; as text it is YYYY-MM."""

    input_type = "month"

    def format_value(self, value: Any) -> str | None:
        return format_period(value) if isinstance(value, date) else value


class MonthField(forms.CharField):
    """A month as its first day; empty is None."""

    widget = MonthInput(attrs={"placeholder": "2026-05"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_period(text) if text else None
        except PeriodInvalid as error:
            # what was sent is quoted in it: a percent sign there must not be read as a place
            fault = {"fault": str(error)}
            raise ValidationError("%(fault)s", code="invalid", params=fault) from error
