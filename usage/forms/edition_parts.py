"""Forms of what holds beyond one measure: use cases, weights, points, levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import Plan
from accounts.models.commercial import Delivery
from usage.forms.measures import CodeField
from usage.models import Edition, UseCase
from usage.scoring import edition as scored
from usage.services.edition_editing import Settings

USE_CASE_FIELDS = ("name", "counts_as_use_case", "roll_up")
SETTLING_FIELDS = {"hold_months": 1, "exit_margin": 0.0, "recovery_months": 0}
"""What makes a drop, and what an empty field says."""
SETTING_FIELDS = (
    "size_metric", "red_up_to", "yellow_up_to", "platform_adoption_from", "stale_after_days",
)  # fmt: skip
"""Columns that a frozen edition has under the same name: one more is one more word here."""

POINTS = tuple(f"{color.lower()}_points" for color in scored.COLORS)


class UseCaseForm(forms.Form):
    plans = forms.MultipleChoiceField(
        label=gettext_lazy("Only for plans"),
        help_text=gettext_lazy("The plans that have what it measures; none: all plans."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    deployments = forms.MultipleChoiceField(
        label=gettext_lazy("Only for deployments"),
        help_text=gettext_lazy("None: all of them."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, use_case: scored.UseCase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_case = use_case
        self.fields = {
            **forms.fields_for_model(UseCase, USE_CASE_FIELDS),
            **self.fields,
            **forms.fields_for_model(UseCase, SETTLING_FIELDS),
        }
        if use_case is None:
            self.fields = {"code": CodeField(), **self.fields}
        plans = [
            *Plan.objects.values_list("name", flat=True),
            *(use_case.plans if use_case else ()),
        ]
        places = [*Delivery.values, *(use_case.deployments if use_case else ())]
        for name, values in (("plans", plans), ("deployments", places)):
            choices = [(value, value) for value in dict.fromkeys(values)]
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # of a choice field

    def content(self) -> scored.UseCase:
        values = self.cleaned_data
        changed = {
            **{name: values[name] for name in USE_CASE_FIELDS},
            **{name: values[name] or usual for name, usual in SETTLING_FIELDS.items()},
            "plans": tuple(values["plans"]),
            "deployments": tuple(values["deployments"]),
        }
        if self.use_case is None:
            return scored.UseCase(code=values["code"], measures=(), **changed)
        return replace(self.use_case, **changed)


def use_case_initial(use_case: scored.UseCase) -> dict[str, Any]:
    names = (*USE_CASE_FIELDS, "plans", "deployments")
    settling = {name: getattr(use_case, name) for name in SETTLING_FIELDS}
    return {
        **{name: getattr(use_case, name) for name in names},
        **{
            name: None if value == SETTLING_FIELDS[name] else value
            for name, value in settling.items()
        },
    }


class WeightsForm(forms.Form):
    """A field for each pair of a composite and what it may weigh, and for each measure."""

    def __init__(self, *args: Any, edition: scored.Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        self.pairs = {
            f"composite.{parent}.{child}": (parent, child)
            for parent, children in _weighable(edition).items()
            for child in children
        }
        self.measures = {
            f"measure.{use_case.code}.{measure.code}": (use_case.code, measure.code)
            for use_case, measure in edition.measures()
        }
        for name in self.pairs:
            self.fields[name] = forms.FloatField(min_value=0, required=False)
        for name in self.measures:
            self.fields[name] = forms.FloatField(min_value=0)

    def composite_weights(self) -> dict[str, dict[str, float]]:
        """What was sent; an empty field or 0 weighs nothing."""
        found: dict[str, dict[str, float]] = {each.code: {} for each in self.edition.composites}
        for name, (parent, child) in self.pairs.items():
            if self.cleaned_data[name]:
                found[parent][child] = self.cleaned_data[name]
        return found

    def measure_weights(self) -> dict[tuple[str, str], float]:
        return {pair: self.cleaned_data[name] for name, pair in self.measures.items()}


def _weighable(edition: scored.Edition) -> Mapping[str, list[str]]:
    """What each composite may weigh: components, composites before it; the last one health groups."""
    parts = [each.code for each in edition.use_cases]
    found: dict[str, list[str]] = {}
    for composite in edition.composites:
        groups = edition.scorecard.codes if edition.scorecard else ()
        is_last = composite.code == edition.overall
        weighed = [child for child, _ in composite.weights]
        found[composite.code] = list(
            dict.fromkeys([*weighed, *parts, *(groups if is_last else ())])
        )
        parts = [*parts, composite.code]
    return found


def weights_initial(edition: scored.Edition) -> dict[str, float]:
    weights = {
        f"composite.{composite.code}.{child}": weight
        for composite in edition.composites
        for child, weight in composite.weights
    }
    measures = {
        f"measure.{use_case.code}.{measure.code}": measure.weight
        for use_case, measure in edition.measures()
    }
    return weights | measures


class SettingsForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = forms.fields_for_model(Edition, (*SETTING_FIELDS, *POINTS))

    def settings(self, levels: tuple[scored.Level, ...]) -> Settings:
        values = self.cleaned_data
        red, yellow, green = (values[name] for name in POINTS)
        plain = {name: values[name] for name in SETTING_FIELDS}
        return Settings(points=(red, yellow, green), levels=levels, **plain)


def settings_initial(edition: scored.Edition) -> dict[str, Any]:
    plain = {name: getattr(edition, name) for name in SETTING_FIELDS}
    return plain | dict(zip(POINTS, edition.points, strict=True))


class LevelForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Level"), max_length=30)
    up_to = forms.FloatField(label=gettext_lazy("Scores up to"), required=False)


class BaseLevels(forms.BaseFormSet[LevelForm]):
    def levels(self) -> tuple[scored.Level, ...]:
        """The rows that were filled in, by their bounds; the one without is the highest."""
        gone = self.deleted_forms
        rows = [form.cleaned_data for form in self.forms if form not in gone]
        filled = [scored.Level(row["name"], row["up_to"]) for row in rows if row.get("name")]
        return tuple(sorted(filled, key=_top))


def _top(level: scored.Level) -> float:
    return float("inf") if level.up_to is None else level.up_to


Levels = forms.formset_factory(
    LevelForm, formset=BaseLevels, extra=1, can_delete=True, max_num=10, absolute_max=11
)


def levels_initial(edition: scored.Edition) -> list[dict[str, Any]]:
    return [{"name": level.name, "up_to": level.up_to} for level in edition.levels]
