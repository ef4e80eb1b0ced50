from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from usage.forms.months import MonthField
from usage.models import MetricBreak
from usage.services.metric_breaks import Said


class BreakForm(forms.Form):
    """From when on a metric says something else, and why."""

    period = MonthField(
        label=_("First month that is not as before"), help_text=_("Such as 2026-10.")
    )
    reason = forms.ChoiceField(label=_("Why"), choices=MetricBreak.Reason.choices)
    product_from = forms.CharField(
        label=_("Last version of the product that counts as before"), max_length=60, required=False
    )
    product_to = forms.CharField(
        label=_("First version that counts otherwise"), max_length=60, required=False
    )
    note = forms.CharField(
        label=_("In words"),
        max_length=500,
        required=False,
        help_text=_("Shown on charts and beside drops."),
    )

    def said(self) -> Said:
        return Said(**self.cleaned_data)
