"""Forms that put editions in force, and take them out: each asks why."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from playbooks.forms import ActionForm
from usage.forms.months import MonthField
from usage.periods import format_period

LONGEST_NOTE = 1_000


class NoteForm(ActionForm):
    note = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands on the edition's page, beside your name."),
    )


class RetireForm(NoteForm):
    name = "retire"


class RollBackForm(NoteForm):
    name = "roll-back"

    opens_ctas = forms.BooleanField(
        label=_(
            "Open calls to action also for what only the change of edition makes fall or begin"
        ),
        required=False,
    )

    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("note", "opens_ctas")}


class PublishForm(RollBackForm):
    name = "publish"

    in_force_from = MonthField(
        label=_("In force from"),
        required=False,
        help_text=_("The first month that it decides; empty: from the beginning."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("in_force_from", "note", "opens_ctas", "seen")

    def __init__(
        self, data: QueryDict | None = None, *, digest: str, in_force_from: date | None
    ) -> None:
        super().__init__(data)
        first = format_period(in_force_from) if in_force_from else ""
        self.initial = {"seen": digest, "in_force_from": first}

    def said(self) -> dict[str, Any]:
        return {
            **super().said(),
            "in_force_from": self.cleaned_data["in_force_from"],
            "seen_digest": self.cleaned_data["seen"] or None,
        }
