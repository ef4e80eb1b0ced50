"""A draft that asks more of CI, and customers whom it and the edition in force judge otherwise or alike."""

from __future__ import annotations

from accounts.models import User
from tests.book import AUGUST, OCTOBER, SEPTEMBER, USERS, make_customer, report
from tests.scoring import BUILDS
from usage.models import Band, Edition, Instance
from usage.services import editions

GREEN_FROM = 60  # builds per user, in the draft; 40 in what is in force


def make_stricter(edition: Edition) -> Edition:
    """A draft of the edition with a higher bar for CI."""
    row = editions.copy_as_draft(edition_id=edition.pk, name="stricter")
    bands = Band.objects.filter(measure__use_case__edition=row, measure__use_case__code="ci")
    bands.filter(color="Green").update(lower=GREEN_FROM)
    bands.filter(color="Yellow").update(upper=GREEN_FROM)
    return row


def make_falling(csm: User) -> Instance:
    """Green by what is in force; the draft sees it fall to Yellow in October."""
    found = make_customer(csm, name="Acme", segment="Enterprise")
    for month, rate in ((AUGUST, 70), (SEPTEMBER, 70), (OCTOBER, 50)):
        report(found, month, {BUILDS: rate * USERS})
    return found


def make_steady(csm: User) -> Instance:
    """Green by both."""
    found = make_customer(csm, name="Bolt", segment="Scale")
    for month in (AUGUST, SEPTEMBER, OCTOBER):
        report(found, month, {BUILDS: 90 * USERS})
    return found
