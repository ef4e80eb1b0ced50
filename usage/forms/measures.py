"""The form of a measure and of its bands: fields in, frozen values of an edition out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from usage.lab.age_rows import AgeRow, Shape, Threshold, age_rows
from usage.models import Measure
from usage.scoring import edition as scored
from usage.scoring.bands import CODE

MEASURE_FIELDS = ("name", "unit", "is_share", "weight", "minimum_sample")
"""Columns that a frozen measure has under the same name: one more is one more word here."""

SHAPES = {
    Shape.HIGHER: gettext_lazy("Higher is better: Red, Yellow, Green"),
    Shape.LOWER: gettext_lazy("Lower is better: Green, Yellow, Red"),
    Shape.HIGHER_TWO: gettext_lazy("Higher is better, never Yellow"),
    Shape.LOWER_TWO: gettext_lazy("Lower is better, never Yellow"),
    Shape.FREE: gettext_lazy("Free: each colour by its own bounds"),
}
SIDES = {
    "below": gettext_lazy("the colour below it (≤)"),
    "above": gettext_lazy("the one above (<)"),
}
NOT_A_RATIO = gettext_lazy("Nothing: not a ratio")


class CodeField(forms.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            regex=rf"\A{CODE.pattern}\Z",
            label=gettext_lazy("Code"),
            help_text=gettext_lazy("Small letters, digits and _; it stays as it is."),
            error_messages={"invalid": gettext_lazy("Up to 40 small letters, digits and _.")},
            **kwargs,
        )


class KeysInput(forms.Widget):
    """Inputs of one name, one for each key path; the page draws them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []


class KeysField(forms.Field):
    """Key paths in their order, without the empty ones."""

    widget = KeysInput

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(key.strip()[:255] for key in value or () if key.strip())


class MeasureForm(forms.Form):
    """A measure but for its bands."""

    numerator_operation = forms.ChoiceField(
        label=gettext_lazy("What is counted"), choices=Measure.Operation.choices
    )
    numerator = KeysField(label=gettext_lazy("Metrics"))
    denominator_operation = forms.ChoiceField(
        label=gettext_lazy("Divided by"),
        choices=[("", NOT_A_RATIO), *Measure.Operation.choices],
        required=False,
    )
    denominator = KeysField(label=gettext_lazy("Metrics"), required=False)
    zero_denominator = forms.ChoiceField(
        label=gettext_lazy("Where that is 0"),
        choices=Measure.ZeroDenominator.choices,
        initial=Measure.ZeroDenominator.ZERO,
        required=False,
    )

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**forms.fields_for_model(Measure, MEASURE_FIELDS), **self.fields}
        if is_new:
            self.fields = {"code": CodeField(), **self.fields}

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that are no terms."""
        return [self[name] for name in ("code", *MEASURE_FIELDS) if name in self.fields]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("denominator_operation") and not values.get("denominator"):
            self.add_error("denominator", gettext("Name a metric to divide by."))
        if values.get("denominator") and not values.get("denominator_operation"):
            values["denominator_operation"] = Measure.Operation.SUM
        return values

    def measure(self, code: str, bands: tuple[scored.Band, ...], like: Any) -> scored.Measure:
        """What was sent, over a measure that says the rest (None: a new one)."""
        values = self.cleaned_data
        bottom = values["denominator"]
        changed = {
            **{name: values[name] for name in MEASURE_FIELDS},
            "numerator": scored.Term(values["numerator_operation"], values["numerator"]),
            "denominator": scored.Term(values["denominator_operation"], bottom) if bottom else None,
            "zero_denominator_is_na": values["zero_denominator"] == Measure.ZeroDenominator.NA,
            "bands": bands,
        }
        return scored.Measure(code=code, **changed) if like is None else replace(like, **changed)


def measure_initial(measure: scored.Measure) -> dict[str, Any]:
    bottom = measure.denominator
    zero = Measure.ZeroDenominator
    return {
        **{name: getattr(measure, name) for name in MEASURE_FIELDS},
        "numerator_operation": measure.numerator.operation,
        "numerator": measure.numerator.keys,
        "denominator_operation": bottom.operation if bottom else "",
        "denominator": bottom.keys if bottom else (),
        "zero_denominator": zero.NA if measure.zero_denominator_is_na else zero.ZERO,
    }


class AgeRowForm(forms.Form):
    """The bands for accounts of some ages: two thresholds, or each colour's bounds."""

    age_from = forms.IntegerField(
        label=gettext_lazy("From month"), min_value=0, max_value=9_999, required=False
    )
    age_to = forms.IntegerField(
        label=gettext_lazy("To month"), min_value=0, max_value=9_999, required=False
    )
    shape = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=list(SHAPES.items()), initial=Shape.HIGHER
    )
    low = forms.FloatField(label=gettext_lazy("First threshold"), required=False)
    low_side = forms.ChoiceField(
        label=gettext_lazy("A value on it gets"),
        choices=list(SIDES.items()),
        initial="below",
        required=False,
    )
    high = forms.FloatField(label=gettext_lazy("Second threshold"), required=False)
    high_side = forms.ChoiceField(
        label=gettext_lazy("A value on it gets"),
        choices=list(SIDES.items()),
        initial="below",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for color in scored.COLORS:
            self.fields |= _free_fields(color)

    @property
    def ages(self) -> list[forms.BoundField]:
        return [self["age_from"], self["age_to"]]

    @property
    def free_lines(self) -> list[dict[str, Any]]:
        """The fields of each colour's bounds."""
        sides = ("lower", "lower_closed", "upper", "upper_closed")
        colors = [color.lower() for color in scored.COLORS]
        return [
            {"used": self[f"{at}_used"], "sides": [self[f"{at}_{side}"] for side in sides]}
            for at in colors
        ]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("age_from"), values.get("age_to")
        if last is not None and (first or 0) > last:
            self.add_error("age_to", gettext("It ends before it begins."))
        shape = values.get("shape")
        if shape in (Shape.HIGHER, Shape.LOWER):
            self._check_both(values.get("low"), values.get("high"))
        elif shape in (Shape.HIGHER_TWO, Shape.LOWER_TWO) and values.get("low") is None:
            self.add_error("low", gettext("Give the threshold."))
        return values

    def _check_both(self, low: float | None, high: float | None) -> None:
        for name, value in (("low", low), ("high", high)):
            if value is None and name not in self.errors:
                self.add_error(name, gettext("Give the threshold."))
        if low is not None and high is not None and low > high:
            self.add_error("high", gettext("The second threshold lies below the first."))

    def age_row(self) -> AgeRow:
        values = self.cleaned_data
        ages = values["age_from"], values["age_to"]
        shape = Shape(values["shape"])
        if shape is Shape.FREE:
            return AgeRow(*ages, shape, free=tuple(self._free(ages)))
        low = Threshold(values["low"], values["low_side"] == "above")
        if shape in (Shape.HIGHER_TWO, Shape.LOWER_TWO):
            return AgeRow(*ages, shape, (low,))
        return AgeRow(
            *ages, shape, (low, Threshold(values["high"], values["high_side"] == "above"))
        )

    def _free(self, ages: tuple[int | None, int | None]) -> Sequence[scored.Band]:
        values = self.cleaned_data
        found = []
        for color in scored.COLORS:
            at = color.lower()
            if values[f"{at}_used"]:
                lower, upper = values[f"{at}_lower"], values[f"{at}_upper"]
                lower_closed = lower is not None and values[f"{at}_lower_closed"]
                upper_closed = upper is not None and values[f"{at}_upper_closed"]
                found.append(scored.Band(color, lower, lower_closed, upper, upper_closed, *ages))
        return found


def _free_fields(color: str) -> dict[str, forms.Field]:
    at, named = color.lower(), {"color": color}
    return {
        f"{at}_used": forms.BooleanField(
            label=gettext_lazy("%(color)s has a band") % named, required=False
        ),
        f"{at}_lower": forms.FloatField(
            label=gettext_lazy("%(color)s from") % named, required=False
        ),
        f"{at}_lower_closed": forms.BooleanField(
            label=gettext_lazy("%(color)s includes it (≥)") % named, required=False
        ),
        f"{at}_upper": forms.FloatField(label=gettext_lazy("%(color)s to") % named, required=False),
        f"{at}_upper_closed": forms.BooleanField(
            label=gettext_lazy("%(color)s includes its end (≤)") % named, required=False
        ),
    }


class BaseAgeRows(forms.BaseFormSet[AgeRowForm]):
    def age_rows(self) -> tuple[AgeRow, ...]:
        """The rows that were filled in and not taken out."""
        gone = self.deleted_forms
        kept = (form for form in self.forms if form not in gone)
        return tuple(
            form.age_row() for form in kept if form in self.initial_forms or form.has_changed()
        )

    @property
    def extra_is_used(self) -> bool:
        return self.is_bound and any(form.has_changed() for form in self.extra_forms)

    def bands(self) -> tuple[scored.Band, ...]:
        return tuple(band for row in self.age_rows() for band in row.bands)


AgeRows = forms.formset_factory(
    AgeRowForm, formset=BaseAgeRows, extra=1, can_delete=True, max_num=20, absolute_max=20
)


def age_rows_initial(measure: scored.Measure) -> list[dict[str, Any]]:
    return [_age_row_initial(row) for row in age_rows(measure.bands)]


def _age_row_initial(row: AgeRow) -> dict[str, Any]:
    values: dict[str, Any] = {"age_from": row.age_from, "age_to": row.age_to, "shape": row.shape}
    for name, threshold in zip(("low", "high"), row.thresholds, strict=False):
        values[name] = threshold.value
        values[f"{name}_side"] = "above" if threshold.is_above else "below"
    for band in row.bands:  # so that one may go on from thresholds to free bounds
        at = band.color.lower()
        values[f"{at}_used"] = True
        for part in ("lower", "lower_closed", "upper", "upper_closed"):
            values[f"{at}_{part}"] = getattr(band, part)
    return values
