"""Editions between rows and frozen values: load, store, publish, retire, copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import EllipsisType
from typing import Any

from django.db import transaction

from accounts.models import Job, User
from usage.errors import (
    EditionChangedSince,
    EditionInvalid,
    EditionIsPublished,
    EditionUnknown,
    NothingToRollBack,
)
from usage.models import (
    Band,
    Edition,
    MaturityLevel,
    Measure,
    MetricDefinition,
    UseCase,
    Weight,
)
from usage.scoring import edition as scored
from usage.scoring.validation import faults
from usage.services import edition_files, edition_scorecards, metrics, publications
from usage.services.edition_files import EditionFile

SHIPPED = Path(__file__).resolve().parent.parent / "editions"
SHIPPED_IN_FORCE = "2025"
SHIPPED_AS_DRAFT = ("2025-prove",)  # to be put in force by who records what it reads
SHIPPED_NOTE = "As it ships."
EDITIONS_KEPT = 32


@dataclass(frozen=True)
class Loaded:
    """What became of a file: `outcome` is created, replaced or unchanged.

    `backfill` is the queued job that fills metrics into the snapshots which no edition named before.
    """

    edition: Edition
    outcome: str
    backfill: Job | None = None


def frozen(edition: Edition) -> scored.Edition:
    """The edition's rows as the values that scoring takes.

    Seven queries for a draft (nine with health groups), and for a published edition that this process reads for the first time.
    """
    if edition.is_draft:
        return _read(edition.pk)
    return _kept(edition.pk, edition.name, edition.published_at)


def load(edition_id: int) -> scored.Edition:
    return frozen(Edition.objects.get(pk=edition_id))


@lru_cache(maxsize=EDITIONS_KEPT)
def _kept(edition_id: int, _name: str, _published_at: datetime | None) -> scored.Edition:
    """A published edition never changes; name and time tell another database's from it."""
    return _read(edition_id)


def _read(edition_id: int) -> scored.Edition:
    parts = Edition.objects.prefetch_related(
        "use_cases__measures__bands", "levels", "weights", edition_scorecards.ROWS
    ).get(pk=edition_id)
    return scored.Edition(
        name=parts.name,
        size_metric=parts.size_metric,
        points=(parts.red_points, parts.yellow_points, parts.green_points),
        red_up_to=parts.red_up_to,
        yellow_up_to=parts.yellow_up_to,
        platform_adoption_from=parts.platform_adoption_from,
        stale_after_days=parts.stale_after_days,
        use_cases=tuple(_use_case(use_case) for use_case in parts.use_cases.all()),
        composites=_composites(list(parts.weights.all())),
        levels=tuple(scored.Level(level.name, level.up_to) for level in parts.levels.all()),
        scorecard=edition_scorecards.frozen(parts),
    )


def forget() -> None:
    """Read every edition anew; for a process whose database became another one."""
    _kept.cache_clear()


def _use_case(row: UseCase) -> scored.UseCase:
    return scored.UseCase(
        code=row.code,
        name=row.name,
        counts_as_use_case=row.counts_as_use_case,
        roll_up=row.roll_up,
        plans=tuple(row.plans),
        deployments=tuple(row.deployments),
        measures=tuple(_measure(measure) for measure in row.measures.all()),
        hold_months=1 if row.hold_months is None else row.hold_months,
        exit_margin=row.exit_margin or 0.0,
        recovery_months=row.recovery_months or 0,
    )


def _measure(row: Measure) -> scored.Measure:
    denominator = scored.Term(row.denominator_operation, tuple(row.denominator))
    return scored.Measure(
        code=row.code,
        name=row.name,
        unit=row.unit,
        is_share=row.is_share,
        weight=row.weight,
        numerator=scored.Term(row.numerator_operation, tuple(row.numerator)),
        denominator=denominator if row.denominator else None,
        zero_denominator_is_na=row.zero_denominator == Measure.ZeroDenominator.NA,
        bands=tuple(sorted(map(_band, row.bands.all()), key=edition_files.band_order)),
        minimum_sample=row.minimum_sample,
    )


def _band(row: Band) -> scored.Band:
    return scored.Band(
        color=row.color,
        lower=row.lower,
        lower_closed=row.lower_closed,
        upper=row.upper,
        upper_closed=row.upper_closed,
        age_from=row.age_from,
        age_to=row.age_to,
    )


def _composites(weights: list[Weight]) -> tuple[scored.Composite, ...]:
    """Composites in the order of their positions; validation holds that children come first."""
    pairs: dict[str, list[tuple[str, float]]] = {}
    for weight in weights:
        pairs.setdefault(weight.parent, []).append((weight.child, weight.weight))
    return tuple(scored.Composite(code, tuple(children)) for code, children in pairs.items())


def named(name: str) -> Edition:
    """Raise EditionUnknown."""
    edition = Edition.objects.filter(name=name).first()
    if edition is None:
        raise EditionUnknown(name)
    return edition


def check(edition: scored.Edition) -> None:
    """Raise EditionInvalid with each rule that the edition breaks."""
    known = set(MetricDefinition.objects.values_list("key_path", flat=True))
    if found := faults(edition, known):
        raise EditionInvalid(found)


@transaction.atomic
def store(file: EditionFile, *, now: datetime) -> Loaded:
    """Store a file's edition as a draft, in place of a draft of that name.

    Raise EditionInvalid, or EditionIsPublished where a published one of that name differs.
    """
    check(file.edition)
    stored = Edition.objects.filter(name=file.edition.name).first()
    if stored is not None:
        if _says(stored, file):
            return Loaded(stored, "unchanged")
        if not stored.is_draft:
            raise EditionIsPublished(stored.name)
        stored.score_cards.all().delete()  # of a trial: what made them is gone
        stored.delete()
    known = metrics.tracked_key_paths()
    edition = _insert(file)
    new = set(file.edition.metric_keys) - known
    backfill = metrics.request_backfill(key_paths=new, now=now) if new else None
    return Loaded(edition, "created" if stored is None else "replaced", backfill)


def _says(stored: Edition, file: EditionFile) -> bool:
    """Whether an edition says what its file says; a published one's description may differ."""
    same = (
        frozen(stored).digest == file.edition.digest and stored.in_force_from == file.in_force_from
    )
    return same and (not stored.is_draft or stored.description == file.description)


def edition_columns(content: scored.Edition) -> dict[str, Any]:
    """What the edition's own row says of its content, but for its name."""
    red, yellow, green = content.points
    return {
        "size_metric": content.size_metric,
        "red_points": red,
        "yellow_points": yellow,
        "green_points": green,
        "red_up_to": content.red_up_to,
        "yellow_up_to": content.yellow_up_to,
        "platform_adoption_from": content.platform_adoption_from,
        "stale_after_days": content.stale_after_days,
        "health_first_days": content.scorecard.first_days if content.scorecard else None,
    }


def use_case_columns(content: scored.UseCase) -> dict[str, Any]:
    return {
        "name": content.name,
        "counts_as_use_case": content.counts_as_use_case,
        "roll_up": content.roll_up,
        "plans": list(content.plans),
        "deployments": list(content.deployments),
        "hold_months": None if content.hold_months == 1 else content.hold_months,
        "exit_margin": content.exit_margin or None,
        "recovery_months": content.recovery_months or None,
    }


def measure_columns(content: scored.Measure) -> dict[str, Any]:
    bottom = content.denominator
    zero = Measure.ZeroDenominator
    return {
        "name": content.name,
        "unit": content.unit,
        "is_share": content.is_share,
        "weight": content.weight,
        "numerator_operation": content.numerator.operation,
        "numerator": list(content.numerator.keys),
        "denominator_operation": bottom.operation if bottom else Measure.Operation.SUM,
        "denominator": list(bottom.keys) if bottom else [],
        "zero_denominator": zero.NA if content.zero_denominator_is_na else zero.ZERO,
        "minimum_sample": content.minimum_sample,
    }


def _insert(file: EditionFile) -> Edition:
    content = file.edition
    edition = Edition.objects.create(
        name=content.name,
        description=file.description,
        in_force_from=file.in_force_from,
        **edition_columns(content),
    )
    for position, use_case in enumerate(content.use_cases):
        insert_use_case(edition, position, use_case)
    MaturityLevel.objects.bulk_create(
        MaturityLevel(edition=edition, position=position, name=level.name, up_to=level.up_to)
        for position, level in enumerate(content.levels)
    )
    Weight.objects.bulk_create(_weights(edition, content))
    edition_scorecards.insert(edition, content.scorecard)
    return edition


def _weights(edition: Edition, content: scored.Edition) -> Iterator[Weight]:
    position = 0
    for composite in content.composites:
        for child, weight in composite.weights:
            yield Weight(
                edition=edition,
                parent=composite.code,
                child=child,
                weight=weight,
                position=position,
            )
            position += 1


def insert_use_case(edition: Edition, position: int, content: scored.UseCase) -> None:
    use_case = UseCase.objects.create(
        edition=edition, code=content.code, position=position, **use_case_columns(content)
    )
    for place, measure in enumerate(content.measures):
        insert_measure(use_case, place, measure)


def insert_measure(use_case: UseCase, position: int, content: scored.Measure) -> None:
    measure = Measure.objects.create(
        use_case=use_case, code=content.code, position=position, **measure_columns(content)
    )
    Band.objects.bulk_create(Band(measure=measure, **asdict(band)) for band in content.bands)


@transaction.atomic
def publish(  # noqa: PLR0913 - each is a thing that who publishes decides
    *,
    edition_id: int,
    now: datetime,
    note: str,
    by: User | None = None,
    in_force_from: date | EllipsisType | None = ...,
    opens_ctas: bool = False,
    seen_digest: str | None = None,
) -> Edition:
    """Put a draft, or any edition again, in force from a month on (...: from its own; None: from the
    beginning); queue the scoring of the months that it decides.

    `opens_ctas`: what only the change of edition makes fall or begin opens CTAs too. `seen_digest`: what the
    draft said when it was shown to who publishes it.
    Raise NoteMissing, EditionInvalid, EditionChangedSince, or EditionDecidesAlready.
    """
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    content = frozen(edition)
    if seen_digest is not None and seen_digest != content.digest:
        raise EditionChangedSince(edition.name)
    check(content)
    publication = publications.planned(
        edition, edition.in_force_from if in_force_from is ... else in_force_from, now=now
    )
    publication.note, publication.opens_ctas = note.strip(), opens_ctas
    publication.published_by = by
    publications.put_in_force(publication, now=now)
    return edition


def roll_back(
    *, edition_id: int, now: datetime, note: str, by: User | None = None, opens_ctas: bool = False
) -> Edition:
    """Publish the edition again that decided before this one did, for the same months.

    Raise NothingToRollBack, and what `publish` does.
    """
    edition = Edition.objects.get(pk=edition_id)
    turn = publications.rollback_of(edition)
    if turn is None:
        raise NothingToRollBack(edition.name)
    return publish(
        edition_id=turn.former.pk,
        now=now,
        note=note,
        by=by,
        in_force_from=turn.first,
        opens_ctas=opens_ctas,
    )


@transaction.atomic
def retire(*, edition_id: int, now: datetime, by: User | None = None, note: str = "") -> Edition:
    """Take a published edition out of force, or never put a draft in force; its cards stay.

    The months that it decided are queued to be scored by the edition that decides them now.
    """
    edition = Edition.objects.get(pk=edition_id)
    publications.withdraw(edition, now=now, by=by, note=note)
    return edition


@transaction.atomic
def copy_as_draft(*, edition_id: int, name: str) -> Edition:
    """A new draft with the content of an edition."""
    source = Edition.objects.get(pk=edition_id)
    return _insert(
        EditionFile(
            description=source.description,
            in_force_from=source.in_force_from,
            edition=replace(frozen(source), name=name),
        )
    )


def free_name(wanted: str) -> str:
    """The name, or with a number behind it where an edition has it already."""
    taken = set(Edition.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    numbered = (f"{wanted} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)


def load_shipped(*, now: datetime) -> list[Loaded]:
    """Store the shipped editions once: one published, in force for every month, others retired.

    One stays a draft: it judges by timeline, plans and support cases, which not everybody keeps here.
    """
    loaded = []
    for path in sorted(SHIPPED.glob("*.yaml")):
        name = path.stem
        known = Edition.objects.filter(name=name).first()
        if known is not None:
            loaded.append(Loaded(known, "unchanged"))
            continue
        result = store(edition_files.read(path), now=now)
        if name in SHIPPED_AS_DRAFT:
            loaded.append(result)
            continue
        settle = publish if name == SHIPPED_IN_FORCE else retire
        edition = settle(edition_id=result.edition.pk, now=now, note=SHIPPED_NOTE)
        loaded.append(replace(result, edition=edition))
    return loaded
