"""Instances and what they reported."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
import zstandard
from factory.django import DjangoModelFactory

from tests.factories.clock import NOW, PERIOD
from tests.factories.customers import AccountFactory, SubscriptionFactory
from usage.models import (
    CardDrift,
    Edition,
    Instance,
    MetricBreak,
    MetricDefinition,
    Publication,
    RawPayload,
    RejectedRow,
    ScoreCard,
    Snapshot,
    Transition,
)

BILLABLE = "license_billable_users"


class InstanceFactory(DjangoModelFactory[Instance]):
    class Meta:
        model = Instance

    external_id = factory.Sequence(lambda n: f"00000000-0000-4000-8000-{n:012}")
    hostname = factory.Sequence(lambda n: f"gitlab{n}.customer.example")
    subscription = factory.SubFactory(SubscriptionFactory)
    kind = Instance.Kind.PRODUCTION
    kind_source = Instance.KindSource.PERSON


class SnapshotFactory(DjangoModelFactory[Snapshot]):
    class Meta:
        model = Snapshot

    instance = factory.SubFactory(InstanceFactory)
    period = PERIOD
    recorded_at = factory.LazyAttribute(
        lambda row: datetime(row.period.year, row.period.month, 28, 3, tzinfo=UTC)
    )
    metrics = factory.LazyFunction(lambda: {BILLABLE: 80})


class RawPayloadFactory(DjangoModelFactory[RawPayload]):
    class Meta:
        model = RawPayload

    instance = factory.SubFactory(InstanceFactory)
    recorded_at = factory.Sequence(lambda n: NOW - timedelta(days=1, minutes=n))
    received_at = NOW
    body = zstandard.compress(b'{"uuid":"x","counts":{"issues":3}}')
    digest = factory.LazyAttribute(lambda row: digest(row.body))


class RejectedRowFactory(DjangoModelFactory[RejectedRow]):
    class Meta:
        model = RejectedRow

    kind = RejectedRow.Kind.SERVICE_PING
    source = "pings.ndjson"
    line = factory.Sequence(lambda n: n + 1)
    field = "recorded_at"
    reason = "is missing"
    text = factory.Sequence(lambda n: f'{{"uuid": "u-{n}", "hostname": "h"}}')
    digest = factory.LazyAttribute(lambda row: digest(f"{row.kind}{row.text}".encode()))
    received_at = NOW


class MetricDefinitionFactory(DjangoModelFactory[MetricDefinition]):
    class Meta:
        model = MetricDefinition

    key_path = factory.Sequence(lambda n: f"counts.metric_{n}")
    data_category = "operational"
    value_type = "number"
    status = "active"


class MetricBreakFactory(DjangoModelFactory[MetricBreak]):
    class Meta:
        model = MetricBreak

    metric = factory.SubFactory(MetricDefinitionFactory)
    period = PERIOD
    reason = MetricBreak.Reason.RELEASE
    created_at = NOW


class CardDriftFactory(DjangoModelFactory[CardDrift]):
    class Meta:
        model = CardDrift

    account = factory.SubFactory(AccountFactory)
    edition = factory.LazyFunction(lambda: make_edition())  # noqa: PLW0108 - defined below
    period = PERIOD
    as_of = NOW
    differences = "the overall score: stored 1.0, rebuilt 63.0"
    found_at = NOW
    checked_at = NOW


class ScoreCardFactory(DjangoModelFactory[ScoreCard]):
    class Meta:
        model = ScoreCard

    account = factory.SubFactory(AccountFactory)
    edition = factory.LazyFunction(lambda: make_edition())  # noqa: PLW0108 - defined below
    period = PERIOD
    score = 63.0
    color = factory.LazyAttribute(lambda card: color_of(card.score))
    component_colors = "YYN"
    component_levels = "-2-"
    use_cases_adopted = 0
    newest_recorded_at = datetime(2026, 10, 28, 3, tzinfo=UTC)
    reporting_arr_share = 1.0
    evidence = factory.LazyAttribute(lambda card: evidence_of(card.score, card.component_colors))
    input_hash = "0" * 32
    scored_at = NOW


class TransitionFactory(DjangoModelFactory[Transition]):
    class Meta:
        model = Transition

    account = factory.SubFactory(AccountFactory)
    edition = factory.LazyFunction(lambda: make_edition())  # noqa: PLW0108 - defined below
    period = PERIOD
    component = "ci"
    from_color = "Green"
    to_color = "Yellow"
    from_period = date(2026, 9, 1)
    from_value = 52.0
    to_value = 38.0
    detected_at = NOW


def digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def color_of(score: float | None) -> str:
    if score is None:
        return ""
    return "Red" if score <= 50 else "Yellow" if score <= 75 else "Green"


def evidence_of(score: float | None, letters: str) -> dict[str, Any]:
    """Evidence in the stored shape, without any subscription behind it."""
    points = {"R": 25.0, "Y": 63.0, "G": 88.0, "N": None}
    overall = color_of(score)[:1] or "N"
    return {
        "components": [[None, points[letter], letter, None] for letter in letters],
        "measures": [[None, letter] for letter in letters],
        "composites": [["product", score, overall], ["health", score, overall]],
        "age": 21,
        "rows": [],
    }


def make_instance(**fields: Any) -> Instance:
    return InstanceFactory.create(**fields)


def make_unmapped_instance(**fields: Any) -> Instance:
    """Make an installation as it is first seen: Unknown, of nobody."""
    first_seen = {
        "subscription": None,
        "kind": Instance.Kind.UNKNOWN,
        "kind_source": Instance.KindSource.DEFAULT,
    }
    return InstanceFactory.create(**(first_seen | fields))


def make_snapshot(**fields: Any) -> Snapshot:
    return SnapshotFactory.create(**fields)


def make_raw_payload(**fields: Any) -> RawPayload:
    return RawPayloadFactory.create(**fields)


def make_rejected_row(**fields: Any) -> RejectedRow:
    return RejectedRowFactory.create(**fields)


def make_metric(key_path: str = "", **fields: Any) -> MetricDefinition:
    if key_path:
        fields["key_path"] = key_path
    return MetricDefinitionFactory.create(**fields)


def make_metric_break(**fields: Any) -> MetricBreak:
    """Make a break by a release, from PERIOD on."""
    return MetricBreakFactory.create(**fields)


def make_card_drift(**fields: Any) -> CardDrift:
    return CardDriftFactory.create(**fields)


def make_score_card(**fields: Any) -> ScoreCard:
    """Make a Yellow card of `make_edition()`; score=None makes it NA."""
    return ScoreCardFactory.create(**fields)


def make_transition(**fields: Any) -> Transition:
    """Make a fall of CI from Green to Yellow."""
    return TransitionFactory.create(**fields)


def make_edition(name: str = "2025", *, published: bool = True, **fields: Any) -> Edition:
    """Return the edition of that name, made if it is not there: licence utilization, CI, Security.

    Small on purpose; the shipped editions are loaded with `load_edition`.
    """
    found = Edition.objects.filter(name=name).first()
    if found is not None:
        return found
    edition = Edition.objects.create(name=name, size_metric=BILLABLE, **fields)
    _add_component(edition, 1, "license_utilization", "License utilization", [BILLABLE], ["seats"])
    _add_component(edition, 2, "ci", "CI", ["counts.ci_builds"], [BILLABLE])
    _add_component(edition, 3, "security", "Security", ["counts.scans"], [BILLABLE])
    for position, (level, up_to) in enumerate([("minimum", 50), ("basic", 75), ("advanced", None)]):
        edition.levels.create(position=position, name=level, up_to=up_to)
    edition.weights.create(parent="health", child="product", position=4, weight=50)
    if published:
        put_in_force(edition)
    return edition


def put_in_force(edition: Edition, **fields: Any) -> Publication:
    """Make it a published edition that decides the months from its own on."""
    edition.status = Edition.Status.PUBLISHED
    edition.published_at = NOW
    edition.save()
    values = {"in_force_from": edition.in_force_from, "published_at": NOW, "note": "For a test."}
    return Publication.objects.create(edition=edition, **(values | fields))


def _add_component(
    edition: Edition,
    position: int,
    code: str,
    name: str,
    numerator: list[str],
    denominator: list[str],
) -> None:
    """Add one component with one measure: Red up to 0.1, Green above 0.33, weight 15."""
    use_case = edition.use_cases.create(
        code=code,
        name=name,
        position=position,
        counts_as_use_case=code != "license_utilization",
        roll_up="value",
        plans=["Ultimate"] if code == "security" else [],
    )
    measure = use_case.measures.create(
        code=f"{code}_per_user",
        name=f"{name} per user",
        unit="per billable user",
        position=1,
        numerator=numerator,
        denominator=denominator,
    )
    measure.bands.create(color="Red", upper=0.1, upper_closed=True)
    measure.bands.create(color="Yellow", lower=0.1, upper=0.33, upper_closed=True)
    measure.bands.create(color="Green", lower=0.33)
    edition.weights.create(parent="product", child=code, position=position, weight=15)
