"""An edition's health scorecard between rows and frozen values."""

from __future__ import annotations

from usage.models import Edition, HealthBand, HealthGroup, HealthMeasure
from usage.scoring import scorecard as scored
from usage.services.scorecard_files import band_order

ROWS = "health_groups__measures__bands"


def frozen(edition: Edition) -> scored.Scorecard | None:
    """The scorecard of an edition whose rows are prefetched; None where it has no groups."""
    groups = edition.health_groups.all()
    if not groups:
        return None
    first_days = edition.health_first_days
    return scored.Scorecard(
        groups=tuple(_group(group) for group in groups),
        first_days=scored.Scorecard.first_days if first_days is None else first_days,
    )


def _group(row: HealthGroup) -> scored.HealthGroup:
    measures = tuple(_measure(measure) for measure in row.measures.all())
    return scored.HealthGroup(row.code, row.name, measures)


def _measure(row: HealthMeasure) -> scored.HealthMeasure:
    return scored.HealthMeasure(
        code=row.code,
        name=row.name,
        source=row.source,
        bands=tuple(sorted(map(_band, row.bands.all()), key=band_order)),
        weight=row.weight,
        stale_after_days=row.stale_after_days,
        flagged_after_days=row.flagged_after_days,
        counts_from_first_day=row.counts_from_first_day,
        overrides=row.overrides,
        segments=tuple(row.segments),
        except_segments=tuple(row.except_segments),
        personas=tuple(row.personas),
    )


def _band(row: HealthBand) -> scored.HealthBand:
    return scored.HealthBand(
        row.color, row.lower, row.lower_closed, row.upper, row.upper_closed, row.priority
    )


def insert(edition: Edition, card: scored.Scorecard | None) -> None:
    """Store the groups of a draft. Call inside atomic()."""
    for position, group in enumerate(card.groups if card else ()):
        stored = HealthGroup.objects.create(
            edition=edition, code=group.code, name=group.name, position=position
        )
        for place, measure in enumerate(group.measures):
            _insert_measure(stored, place, measure)


def _insert_measure(group: HealthGroup, position: int, content: scored.HealthMeasure) -> None:
    measure = HealthMeasure.objects.create(
        group=group,
        code=content.code,
        name=content.name,
        source=content.source,
        position=position,
        weight=content.weight,
        stale_after_days=content.stale_after_days,
        flagged_after_days=content.flagged_after_days,
        counts_from_first_day=content.counts_from_first_day,
        overrides=content.overrides,
        segments=list(content.segments),
        except_segments=list(content.except_segments),
        personas=list(content.personas),
    )
    HealthBand.objects.bulk_create(
        HealthBand(
            measure=measure,
            color=band.color,
            lower=band.lower,
            lower_closed=band.lower_closed,
            upper=band.upper,
            upper_closed=band.upper_closed,
            priority=band.priority,
        )
        for band in content.bands
    )
