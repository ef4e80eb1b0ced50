"""What a bulk action asks for: a form for each, which says in words what will be done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.filters import is_id
from accounts.models import User
from accounts.queries.people import SEEING_ALL
from playbooks.forms import A_WEEK, ActionForm, DayInput
from playbooks.models import BulkRun
from playbooks.queries.owners import WORKING
from playbooks.services import ctas
from playbooks.services.bulk import MOST, Asked

FARTHEST = 366  # days


class BulkForm(ActionForm):
    """`ids` are those of the preview, so that what was seen is what is done; `key` makes it once."""

    title = ""
    note = ""

    key = forms.UUIDField(widget=forms.HiddenInput)
    ids = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, ids: Iterable[int] = (), by: User) -> None:
        self.by = by
        initial = {"key": uuid.uuid4(), "ids": ",".join(map(str, ids))}
        super().__init__(data, initial=initial)

    def clean_ids(self) -> list[int]:
        given = self.cleaned_data["ids"].split(",")
        if len(given) > MOST or not all(is_id(each) for each in given):
            raise forms.ValidationError(gettext("Choose them again."))
        return [int(each) for each in given]

    def asked(self) -> Asked:
        values = {
            name: value for name, value in self.cleaned_data.items() if name not in {"key", "ids"}
        }
        with translation.override(None):  # what is stored does not depend on who asked for it
            words = self.words(values)
        return Asked(self.name, self.plain(values), words, self.cleaned_data["key"])

    def plain(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def words(self, values: dict[str, Any]) -> str:
        return self.title


class BulkStartForm(BulkForm):
    name = BulkRun.Action.START.value
    title = gettext_noop("Start work")
    note = gettext_noop("New ones become work in progress; the others are refused.")


class BulkSnoozeForm(BulkForm):
    name = BulkRun.Action.SNOOZE.value
    title = gettext_noop("Snooze")
    note = gettext_noop("They leave the queue to the end of that day and come back by themselves.")

    until = forms.DateField(label=_("To the end of"), widget=DayInput)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, data: QueryDict | None = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["until"] = today + A_WEEK

    def plain(self, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"until": values["until"].isoformat()}

    def words(self, values: dict[str, Any]) -> str:
        return f"Snooze to the end of {values['until']:%d %b %Y}".replace(" 0", " ")


class BulkCloseForm(BulkForm):
    name = BulkRun.Action.CLOSE.value
    title = gettext_noop("Close")
    note = gettext_noop(
        "Refused are those whose type does not have the status and, as a success, those with open "
        "required tasks. Each can be opened again."
    )

    status = forms.ChoiceField(
        label=_("Close as"),
        choices=[(each.value, each.label) for each in ctas.CLOSING_STATUSES["lifecycle"]],
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def words(self, values: dict[str, Any]) -> str:
        return f"Close as {dict(self.fields['status'].choices)[values['status']]}"  # type: ignore[attr-defined]  # it has some


class BulkReassignForm(BulkForm):
    name = BulkRun.Action.REASSIGN.value
    title = gettext_noop("Hand on")
    note = gettext_noop("Refused are those whose account the new owner does not see.")

    owner = forms.ModelChoiceField(User.objects.none(), label=_("Hand on to"))
    tasks = forms.ChoiceField(label=_("Open tasks that go along"), choices=ctas.TasksToo)

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["owner"] = forms.ModelChoiceField(
            colleagues(self.by), label=gettext("Hand on to")
        )

    def plain(self, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"owner": values["owner"].pk}

    def words(self, values: dict[str, Any]) -> str:
        return f"Hand on to {values['owner']}"


class BulkMoveForm(BulkForm):
    name = BulkRun.Action.MOVE.value
    title = gettext_noop("Move the due date")
    note = gettext_noop("Each keeps its original date; its move can be undone on its page.")

    days = forms.IntegerField(
        label=_("By days"), initial=7, min_value=-FARTHEST, max_value=FARTHEST,
        help_text=_("Below zero: earlier."),
    )  # fmt: skip
    move_tasks = forms.BooleanField(
        label=_("Move open tasks by as many days"), initial=True, required=False
    )

    def words(self, values: dict[str, Any]) -> str:
        return f"Move the due date by {values['days']:+d} days"


class BulkMarkForm(BulkForm):
    name = BulkRun.Action.MARK.value
    title = gettext_noop("Mark")

    is_important = forms.TypedChoiceField(
        label=_("As"), choices=[("1", _("important")), ("0", _("not important"))],
        coerce=lambda value: value == "1",
    )  # fmt: skip

    def words(self, values: dict[str, Any]) -> str:
        return "Mark as important" if values["is_important"] else "Mark as not important"


FORMS: tuple[type[BulkForm], ...] = (
    BulkReassignForm, BulkSnoozeForm, BulkMoveForm, BulkCloseForm, BulkStartForm, BulkMarkForm,
)  # fmt: skip


def colleagues(user: User) -> Any:
    """People who may work calls to action and see some account of the person's."""
    workers = User.objects.filter(role__in=WORKING, is_active=True).exclude(role=User.Role.SERVICE)
    if user.sees_all:
        return workers
    near = Q(pk=user.pk) | Q(role__in=SEEING_ALL)
    if user.team_id is not None:
        near |= Q(team=user.team_id)
    return workers.filter(near)
