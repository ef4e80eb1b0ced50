"""Fields of the YAML files: bounds as intervals, and shapes that refuse what they do not know."""

from __future__ import annotations

import math
import re
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

INTERVAL = re.compile(
    r"^\s*([\[(])\s*(-inf|-?\d[\d.eE+-]*)\s*,\s*(inf|-?\d[\d.eE+-]*)\s*([\])])\s*$"
)
CODE = r"^[a-z][a-z0-9_]{0,39}$"


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one must not pass in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(key) for key in set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {key: [gettext("This field is not known.")] for key in unknown}
                )
        return super().to_internal_value(data)


class IntervalField(serializers.CharField):
    """An interval such as "(0.1, 0.33]" → (lower, closed, upper, closed)."""

    def to_internal_value(self, data: Any) -> Any:
        found = INTERVAL.match(super().to_internal_value(data))
        if found is None:
            raise serializers.ValidationError(
                gettext('"%(data)s" is not an interval such as "(0.1, 0.33]".') % {"data": data}
            )
        left, low, high, right = found.groups()
        try:
            lower = None if low == "-inf" else float(low)
            upper = None if high == "inf" else float(high)
        except ValueError:
            raise serializers.ValidationError(
                gettext('"%(data)s" holds what is not a number.') % {"data": data}
            ) from None
        if not all(math.isfinite(bound) for bound in (lower, upper) if bound is not None):
            raise serializers.ValidationError(
                gettext('"%(data)s" holds what is not a number.') % {"data": data}
            )
        if lower is not None and upper is not None and lower > upper:
            raise serializers.ValidationError(
                gettext('"%(data)s" ends before it begins.') % {"data": data}
            )
        return lower, left == "[" and lower is not None, upper, right == "]" and upper is not None
