"""What makes a health scorecard valid, and that a file, its rows and its values say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests import factories as make
from tests.health import prove
from usage.errors import EditionInvalid, EditionIsPublished
from usage.models import Edition as EditionRow
from usage.models import HealthBand as HealthBandRow
from usage.models import HealthGroup as HealthGroupRow
from usage.models import HealthMeasure as HealthMeasureRow
from usage.queries import thresholds
from usage.scoring.edition import Composite, Edition
from usage.scoring.scorecard import HealthBand, HealthGroup, HealthMeasure, Scorecard
from usage.scoring.validation import faults
from usage.services import edition_files, editions

BANDS = (
    HealthBand("Red", None, lower_closed=False, upper=0, upper_closed=True),
    HealthBand("Green", 0, lower_closed=False, upper=None, upper_closed=False),
)


def with_measure(**fields: Any) -> Edition:
    values: dict[str, Any] = {"code": "nps", "name": "NPS", "source": "nps", "bands": BANDS}
    group = HealthGroup("voice", "Voice", (HealthMeasure(**values | fields),))
    return with_card(Scorecard((group,)))


def with_card(card: Scorecard) -> Edition:
    shipped = prove()
    overall = Composite(
        "health", (("product", 50), *((code, 10) for code in dict.fromkeys(card.codes)))
    )
    return replace(shipped, scorecard=card, composites=(*shipped.composites[:-1], overall))


def told(edition: Edition) -> list[str]:
    return faults(edition, set(edition.metric_keys))


def test_the_shipped_scorecard_is_valid() -> None:
    assert told(prove()) == []
    assert told(with_measure()) == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"weight": 0}, "voice.nps: the weight must be above 0"),
        ({"source": "personas"}, "voice.nps: it names no personas"),
        (
            {"stale_after_days": 30, "flagged_after_days": 30},
            "voice.nps: it is NA before it is marked as old",
        ),
        ({"bands": ()}, "voice.nps: it has no bands"),
        ({"bands": BANDS[:1]}, "voice.nps: no band above 0"),
        ({"bands": (BANDS[0], replace(BANDS[1], lower=1))}, "a gap between Red and Green: 0 to 1"),
        ({"bands": (BANDS[0], replace(BANDS[1], priority=2))}, "voice.nps: no band above 0"),
        ({"code": "Nps!"}, "the code Nps! is not made of up to 40 small letters, digits and _"),
    ],
)
def test_a_measure_that_cannot_be_judged_is_refused(fields: Any, fault: str) -> None:
    assert any(fault in each for each in told(with_measure(**fields)))


def test_a_measure_may_be_for_one_priority_alone() -> None:
    assert told(with_measure(bands=tuple(replace(band, priority=1) for band in BANDS))) == []


MEASURE = HealthMeasure("nps", "NPS", "nps", BANDS)


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ((HealthGroup("scm", "SCM", (MEASURE,)),), "has the code of a component or composite"),
        ((HealthGroup("voice", "Voice", ()),), "the health group voice has no measures"),
        ((HealthGroup("a", "A", (MEASURE,)),) * 2, "the health group a stands twice"),
        (
            (HealthGroup("a", "A", (MEASURE,)), HealthGroup("b", "B", (MEASURE,))),
            "the health measure nps stands twice",
        ),
    ],
)
def test_groups_have_codes_of_their_own_and_measures(groups: Any, fault: str) -> None:
    assert any(fault in each for each in told(with_card(Scorecard(groups))))


def test_a_group_that_weighs_nothing_is_refused() -> None:
    edition = replace(
        prove(), composites=(*prove().composites[:-1], Composite("health", (("product", 1),)))
    )
    assert "the overall score gives the health group risk no weight" in told(edition)
    assert any("no composite" in each for each in told(replace(edition, composites=())))


def test_only_the_overall_score_weighs_health_groups() -> None:
    product, health = prove().composites
    edition = replace(
        prove(), composites=(replace(product, weights=(*product.weights, ("risk", 1))), health)
    )
    assert any("product weighs risk, which is no component" in each for each in told(edition))


# --- file, rows and values ----------------------------------------------------------------------------
@pytest.fixture
def file(db: None) -> edition_files.EditionFile:
    found = edition_files.read(editions.SHIPPED / "2025-prove.yaml")
    for key in found.edition.metric_keys:
        make.make_metric(key_path=key)
    return found


def test_a_file_its_rows_and_its_copy_say_the_same(file: edition_files.EditionFile) -> None:
    stored = editions.store(file, now=make.NOW).edition
    assert editions.frozen(stored) == file.edition
    copy = editions.copy_as_draft(edition_id=stored.pk, name="copy")
    assert editions.frozen(copy).digest == file.edition.digest
    assert editions.store(file, now=make.NOW).outcome == "unchanged"


def test_first_days_are_thirty_where_a_draft_does_not_say(file: edition_files.EditionFile) -> None:
    stored = editions.store(file, now=make.NOW).edition
    stored.health_first_days = None
    stored.save()
    card = editions.frozen(stored).scorecard
    assert card is not None
    assert card.first_days == 30


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": "moon"}, "health.groups"),
        ({"stale_after_days": 0}, "stale_after_days"),
        ({"personas": ["moon"]}, "personas"),
        ({"bands": [{"priority": 3, "red": "(-inf, inf)"}]}, "priority"),
        ({"mood": 1}, "mood"),
    ],
)
def test_a_file_with_a_wrong_field_names_it(change: dict[str, Any], fault: str) -> None:
    measure = {"code": "a", "name": "A", "source": "nps", "bands": [{"red": "(-inf, inf)"}]}
    group = {"code": "g", "name": "G", "measures": [measure | change]}
    with pytest.raises(EditionInvalid, match=fault):
        edition_files.parse({"name": "x", "health": {"groups": [group]}})


def test_a_published_scorecard_cannot_change(db: None) -> None:
    make.make_health_edition()
    for row in (
        HealthGroupRow.objects.first(),
        HealthMeasureRow.objects.first(),
        HealthBandRow.objects.first(),
    ):
        assert row is not None
        with pytest.raises(EditionIsPublished):
            row.save()
        with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(id=row.pk)


def test_the_first_days_of_a_published_edition_cannot_change(db: None) -> None:
    edition = make.make_health_edition()
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        EditionRow.objects.filter(pk=edition.pk).update(health_first_days=7)


def test_nothing_is_added_to_a_published_scorecard(db: None) -> None:
    edition = make.make_health_edition()
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        HealthGroupRow.objects.bulk_create(
            [HealthGroupRow(edition=edition, code="x", name="X", position=9)]
        )


def test_a_scorecard_is_told_on_the_page_of_its_edition(admin_client: Any) -> None:
    edition = make.make_health_edition()
    page = " ".join(admin_client.get(f"/editions/{edition.pk}/").content.decode().split())
    assert "Customer health" in page
    assert "Red makes the whole Red · marked as old after 90 days · NA after 120 days" in page
    assert "not for Scale and Digital" in page


def test_segments_of_a_measure_are_told() -> None:
    (group,) = thresholds.health_sheets(with_measure(segments=("Enterprise",)))
    assert group.measures[0].notes == "Enterprise only"
    assert thresholds.health_sheets(replace(prove(), scorecard=None)) == ()
