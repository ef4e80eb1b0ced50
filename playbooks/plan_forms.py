"""Forms of success plans, their objectives, and what is judged by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.formats import NA
from accounts.models import ManualMeasure, Objective, SuccessPlan
from accounts.services.success_plans import ObjectiveText, PlanText
from playbooks.forms import ActionForm, DayInput
from usage.scoring.scorecard import HealthMeasure

LONGEST_TEXT = 20_000


def _text(label: StrOrPromise, help_text: StrOrPromise = "", rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class SeenForm(ActionForm):
    """A form of a row that is there: it says back when the row that it shows was changed last."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def show(self, row: SuccessPlan | Objective, names: Sequence[str]) -> None:
        self.initial = {name: getattr(row, name) for name in names}
        self.initial["seen"] = row.updated_at.isoformat()

    @property
    def seen_at(self) -> datetime | None:
        """None where the form does not say it, or not in words of ours."""
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None

    def written(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class PlanForm(SeenForm):
    name = "plan"

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What the customer wants, in a few words.")
    )
    strategy = _text(_("Strategy"), _("How they get there. Markdown."))
    highlights = _text(_("Highlights"), _("What was achieved so far. Markdown."))
    starts_on = forms.DateField(label=_("Starts on"), required=False, widget=DayInput)
    ends_on = forms.DateField(label=_("Ends on"), required=False, widget=DayInput)

    def __init__(self, data: QueryDict | None = None, *, plan: SuccessPlan | None = None) -> None:
        super().__init__(data)
        if plan is not None:
            self.show(plan, ("title", "strategy", "highlights", "starts_on", "ends_on"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts_on, ends_on = given.get("starts_on"), given.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", gettext("It cannot end before it starts."))
        return given

    def said(self) -> PlanText:
        return PlanText(**self.written())


class ObjectiveForm(SeenForm):
    name = "objective"

    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("One thing to achieve."))
    baseline = forms.CharField(
        label=_("Baseline"), max_length=200, required=False, help_text=_("Where it starts from.")
    )
    target = forms.CharField(
        label=_("Target"), max_length=200, required=False, help_text=_("What is to be reached.")
    )
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DayInput)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Objective.Outcome)
    note = _text(_("Note"), _("What shows that it was reached. Markdown."), rows=3)

    def __init__(
        self, data: QueryDict | None = None, *, objective: Objective | None = None
    ) -> None:
        super().__init__(data)
        if objective is not None:
            self.show(objective, ("title", "baseline", "target", "due_on", "outcome", "note"))

    def said(self) -> ObjectiveText:
        return ObjectiveText(**self.written())


class JudgeForm(ActionForm):
    """A colour for one of the measures that are set by hand, with the reason."""

    name = "judge"

    measure = forms.ChoiceField(label=_("Measure"))
    color = forms.ChoiceField(
        label=_("Colour"),
        choices=[
            ("", _("Choose")),
            *ManualMeasure.Color.choices,
            (NA, _("NA: not known any more")),
        ],
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What makes you say so?"),
    )

    def __init__(self, data: QueryDict | None = None, *, measures: Sequence[HealthMeasure]) -> None:
        super().__init__(data)
        choices = [(measure.code, measure.name) for measure in measures]
        self.fields["measure"] = forms.ChoiceField(label=gettext("Measure"), choices=choices)

    def clean_color(self) -> str:
        color: str = self.cleaned_data["color"]
        return "" if color == NA else color
