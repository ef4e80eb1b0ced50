"""The forms of a person's alerts: which way of which kind, at which hours, to which addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from playbooks.alerting import KINDS, Channel, Kind
from playbooks.forms import ActionForm
from playbooks.models import AlertSchedule, Endpoint

Choice = tuple[Kind, Channel]

EMAIL_CHOICES = [
    ("", _("No")),
    (Channel.EMAIL_DIGEST, _("Daily")),
    (Channel.EMAIL_NOW, _("At once")),
]
EMAILS = (Channel.EMAIL_NOW, Channel.EMAIL_DIGEST)
OTHERS = (Channel.PAGE, Channel.SLACK, Channel.WEBHOOK)
LABELS = {
    Channel.PAGE: _("on the page"),
    Channel.SLACK: _("by Slack"),
    Channel.WEBHOOK: _("by webhook"),
}


@dataclass(frozen=True)
class Row:
    """A kind with its fields, as the table shows it."""

    name: str
    page: BoundField
    email: BoundField
    slack: BoundField
    webhook: BoundField


class ChoicesForm(ActionForm):
    """A row of ways for each kind; e-mail is one choice of three."""

    name = "choices"

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        kinds: Sequence[Kind],
        chosen: Mapping[Choice, bool],
    ) -> None:
        super().__init__(data)
        self.kinds = kinds
        for kind in kinds:
            email = next((each for each in EMAILS if chosen[kind, each]), "")
            self.fields[f"{kind}-email"] = forms.ChoiceField(
                choices=EMAIL_CHOICES,
                required=False,
                initial=email,
                widget=forms.Select(
                    attrs={
                        "aria-label": gettext("%(kind)s: by e-mail")
                        % {"kind": gettext(KINDS[kind])}
                    }
                ),
            )
            for channel in OTHERS:
                self.fields[f"{kind}-{channel}"] = forms.BooleanField(
                    required=False,
                    initial=chosen[kind, channel],
                    widget=forms.CheckboxInput(
                        attrs={"aria-label": f"{gettext(KINDS[kind])}: {LABELS[channel]}"}
                    ),
                )

    def rows(self) -> Iterator[Row]:
        for kind in self.kinds:
            ways = {channel.value: self[f"{kind}-{channel}"] for channel in OTHERS}
            yield Row(name=gettext(KINDS[kind]), email=self[f"{kind}-email"], **ways)

    def choices(self) -> dict[Choice, bool]:
        """What was chosen, of all kinds and channels that the form has."""
        given = self.cleaned_data
        found = {
            (kind, channel): given[f"{kind}-email"] == channel
            for kind in self.kinds
            for channel in EMAILS
        }
        return found | {
            (kind, channel): given[f"{kind}-{channel}"] for kind in self.kinds for channel in OTHERS
        }


class ClockInput(forms.TimeInput):
    """The browser's own clock, to the minute."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class HoursForm(ActionForm):
    name = "hours"

    digest_hour = forms.TypedChoiceField(
        label=_("Daily e-mail at"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("Nothing is sent on a day on which nothing has happened."),
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=ClockInput)
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=ClockInput,
        help_text=_("E-mail and Slack wait until then; leave both empty for none."),
    )

    def __init__(self, data: QueryDict | None = None, *, schedule: AlertSchedule) -> None:
        super().__init__(data)
        for name in self.fields:
            self.fields[name].initial = getattr(schedule, name)


class EndpointForm(ActionForm):
    name = "endpoint"

    kind = forms.ChoiceField(label=_("Kind"), choices=Endpoint.Kind)
    name_ = forms.CharField(label=_("Name"), max_length=120)
    webhook_url = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        widget=forms.URLInput(attrs={"placeholder": "https://…", "autocomplete": "off"}),
        help_text=_("Not shown again: Slack's holds a secret."),
    )

    def given(self) -> dict[str, str]:
        data = self.cleaned_data
        return {"kind": data["kind"], "name": data["name_"], "webhook_url": data["webhook_url"]}
