"""Cards made anew from what was known when they were made: equal, or it is said what differs and why."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import (
    Account,
    Subscription,
)
from accounts.services import audit
from tests.factories import (
    make_account,
    make_instance,
    make_subscription,
)
from tests.scoring import BUILDS
from tests.usage.proofs import (
    ACCOUNT,
    MADE,
    OCTOBER,
    beginning,
    former,
    ping,
    proof,
    receive,
    score,
    score_a_customer,
)
from usage.lab.reproduce import Outcome
from usage.models import (
    Edition,
    Instance,
    MetricDefinition,
    RawPayload,
    ScoreCard,
)
from usage.services import consent, editions, scoring
from usage.services.rebuilding import prove
from usage.services.scoring import ScoreRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with beginning() as traveller:
        yield traveller


@pytest.fixture
def scored(clock: time_machine.Traveller) -> time_machine.Traveller:
    score_a_customer(clock)
    return clock


def rescore(*args: str) -> str:
    out = io.StringIO()
    call_command("rescore", "--period", "2026-10", *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize("as_of", [None, MADE])
def test_an_untouched_card_is_equal(scored: time_machine.Traveller, as_of: datetime | None) -> None:
    assert proof(as_of).outcome is Outcome.EQUAL


def test_a_tampered_card_is_named_with_both_values(scored: time_machine.Traveller) -> None:
    card = ScoreCard.objects.get()
    position = component("ci")
    card.evidence["components"][position][0] = 99
    card.score = 12.5
    card.save()
    found = proof()
    assert found.outcome is Outcome.DIFFERS
    assert "ci: stored 99 63 Y 1, rebuilt 38 63 Y 1" in found.reasons
    assert any(reason.startswith("the overall score: stored 12.5") for reason in found.reasons)


def component(code: str) -> int:
    edition = editions.load(Edition.objects.get().pk)
    return [use_case.code for use_case in edition.use_cases].index(code)


def test_a_later_payload_of_the_month_is_left_out(scored: time_machine.Traveller) -> None:
    receive(scored, MADE + timedelta(days=3), ping(100, day=30))
    assert proof(MADE).outcome is Outcome.EQUAL
    score(scored, MADE + timedelta(days=4))
    assert proof().outcome is Outcome.EQUAL  # the card is one of the new payload now
    found = proof(MADE)
    assert found.outcome is Outcome.DIFFERS  # and no longer that of then
    assert (
        found.reasons[0] == "the stored card was made anew on 2026-11-06 03:00, after that moment"
    )


def test_a_payload_that_was_replaced_cannot_be_known(scored: time_machine.Traveller) -> None:
    receive(scored, MADE + timedelta(days=3), ping(100))
    found = proof(MADE)
    assert found.outcome is Outcome.UNKNOWABLE
    assert found.reasons == (
        "the payload of 2026-10-28 03:00 was replaced by another one of that time, received on "
        "2026-11-05",
    )


def test_payloads_that_came_while_the_cards_were_made_are_in_them(
    scored: time_machine.Traveller,
) -> None:
    receive(scored, MADE + timedelta(minutes=5), ping(100, day=30))
    scoring.score(ScoreRequest(OCTOBER, OCTOBER), now=MADE)  # its run began before
    found = proof()
    assert found.outcome is Outcome.EQUAL
    assert found.as_of > MADE


def test_an_edition_that_was_published_later_is_left_out(scored: time_machine.Traveller) -> None:
    later = MADE + timedelta(days=5)
    scored.move_to(later)
    copy = editions.copy_as_draft(edition_id=Edition.objects.get().pk, name="stricter")
    Edition.objects.filter(pk=copy.pk).update(red_up_to=60)
    editions.publish(edition_id=copy.pk, note="Stricter.", now=later)
    score(scored, later + timedelta(hours=1))
    assert proof(MADE).edition == "2025"
    assert proof(MADE).outcome is Outcome.EQUAL
    after = proof(later + timedelta(hours=1))
    assert (after.edition, after.outcome) == ("stricter", Outcome.EQUAL)
    assert {each.edition for each in prove(period=OCTOBER)} == {"2025", "stricter"}


def test_a_month_without_an_edition_at_the_moment_is_refused(
    scored: time_machine.Traveller,
) -> None:
    with pytest.raises(CommandError, match="No published edition is in force in 2026-10"):
        rescore("--as-of", "2026-08-01T00:00:00Z")


def test_records_are_read_as_they_were(scored: time_machine.Traveller) -> None:
    scored.move_to(MADE + timedelta(days=1))
    account, other = Account.objects.get(), make_account()
    account.customer_since = date(2026, 10, 1)
    account.save()
    subscription = Subscription.objects.get(external_id="S-1")
    subscription.seats, subscription.arr = 7, 1
    subscription.save()
    instance = Instance.objects.get()
    instance.kind = Instance.Kind.OBSOLETE
    instance.subscription = make_subscription(account=other)
    instance.save()
    assert proof(MADE).outcome is Outcome.EQUAL


def test_a_record_whose_former_states_were_erased_cannot_be_known(
    scored: time_machine.Traveller,
) -> None:
    scored.move_to(MADE + timedelta(days=1))
    subscription = Subscription.objects.get()
    former(Subscription).all().delete()
    subscription.seats = 7
    subscription.save()
    found = proof()
    assert found.outcome is Outcome.UNKNOWABLE
    assert found.reasons == ("no former state of subscription S-1 is kept from then",)


def test_payloads_that_the_retention_rule_erased_are_told_as_that(
    scored: time_machine.Traveller,
) -> None:
    RawPayload.objects.all().delete()
    audit.record(
        "retention.applied", now=datetime(2026, 11, 10, tzinfo=UTC), detail={"payloads": 2}
    )
    found = proof()
    assert found.outcome is Outcome.UNKNOWABLE
    assert "payloads of 2026-10 were erased on 2026-11-10 by the retention rule" in found.reasons


def test_what_a_customer_withdrew_is_told_as_that(scored: time_machine.Traveller) -> None:
    MetricDefinition.objects.filter(key_path=BUILDS).update(data_category="optional")
    scored.move_to(MADE + timedelta(days=2))
    consent.withdraw(account_id=Account.objects.get().pk, by=None, now=MADE + timedelta(days=2))
    found = proof(MADE)
    assert found.outcome is Outcome.UNKNOWABLE
    assert found.reasons == ("optional metrics were erased on 2026-11-04 at the customer's wish",)


def test_an_account_in_which_nothing_counts_has_nothing_to_prove(
    scored: time_machine.Traveller,
) -> None:
    make_account()
    assert len(list(prove(period=OCTOBER, as_of=MADE))) == 1


def test_a_card_too_many_differs(scored: time_machine.Traveller) -> None:
    scored.move_to(datetime(2026, 9, 2, tzinfo=UTC))
    Subscription.objects.get().delete()
    found = proof()
    assert found.reasons == ("a card is stored, and nothing counted in that month",)


def test_the_command_ends_well_where_all_is_equal(scored: time_machine.Traveller) -> None:
    assert rescore("--as-of", "2026-11-02T03:00:00Z", "--account", ACCOUNT).splitlines() == [
        "A-1 2026-10: equal (edition 2025, as of 2026-11-02 03:00:00 UTC)",
        "1 cards: 1 equal, 0 differ, 0 cannot be rebuilt.",
    ]


def test_the_command_fails_where_a_card_differs(scored: time_machine.Traveller) -> None:
    ScoreCard.objects.update(score=1, color="Red")
    with pytest.raises(CommandError, match="1 cards: 0 equal, 1 differ, 0 cannot be rebuilt"):
        rescore()


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        pytest.param(("--as-of", "yesterday"), "is not a moment", id="moment"),
        pytest.param(("--account", "nobody"), "no account with the external id", id="account"),
    ],
)
def test_what_the_command_refuses(
    scored: time_machine.Traveller, args: tuple[str, str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        rescore(*args)


def test_without_a_card_the_command_does_not_end_well(db: None) -> None:
    with pytest.raises(CommandError, match="There is no card to prove"):
        rescore()


@pytest.mark.parametrize("count", [1, 6])
def test_the_queries_of_a_proof_do_not_grow_with_the_accounts(
    scored: time_machine.Traveller, count: int, django_assert_max_num_queries: Any
) -> None:
    scored.move_to(datetime(2026, 9, 2, tzinfo=UTC))
    for _ in range(count):
        make_instance(subscription=make_subscription(start_date=date(2025, 1, 1)))
    score(scored, MADE)
    with django_assert_max_num_queries(45):
        assert {each.outcome for each in prove(period=OCTOBER)} == {Outcome.EQUAL}
