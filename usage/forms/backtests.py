from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from usage.errors import BacktestLeadsInvalid
from usage.models import Backtest
from usage.services.backtests import LEADS, Wish, checked_leads


class BacktestForm(forms.Form):
    """What to ask of an edition."""

    leads = forms.CharField(
        label=_("Months before"),
        max_length=60,
        initial=",".join(map(str, LEADS)),
        help_text=_("Whole months, with commas between them."),
    )
    target = forms.ChoiceField(label=_("A loss is who"), choices=Backtest.Target)
    known = forms.ChoiceField(
        label=_("Known is"),
        choices=Backtest.Known,
        help_text=_("Of a history that was taken in at once, nothing had been received by then."),
    )

    def clean_leads(self) -> tuple[int, ...]:
        try:
            return checked_leads([int(part) for part in self.cleaned_data["leads"].split(",")])
        except BacktestLeadsInvalid as error:
            raise forms.ValidationError(str(error)) from error
        except ValueError as error:
            raise forms.ValidationError(_("Write whole numbers such as 3,6,9.")) from error

    def wish(self) -> Wish:
        """What was chosen, once the form is valid."""
        told = self.cleaned_data
        return Wish(leads=told["leads"], target=told["target"], known=told["known"])


def asked_before(newest: Backtest) -> dict[str, str]:
    """What the last one was asked, to begin the next from."""
    leads = ",".join(map(str, newest.leads))
    return {"leads": leads, "target": newest.target, "known": newest.known}
