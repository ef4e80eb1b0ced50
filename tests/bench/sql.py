"""The same colours as one SQL statement, generated from an edition: what scoring is measured against.

DuckDB and PostgreSQL run the same text on a relation `source`: a row per instance and month with the
columns of SOURCE and a column `m<n>` for each of the edition's metrics. Only the roll-ups of the shipped
editions are known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from usage.scoring.edition import COLORS, SEATS, Band, Edition, Measure, Term, UseCase

SOURCE = (
    "account_id", "subscription_id", "instance_id", "period", "recorded_at", "kind", "deployment",
    "opted_out", "plan", "arr", "seats", "since", "start_date", "end_date",
)  # fmt: skip


def statement(edition: Edition) -> str:
    """WITH … of which `cards` has account_id, period, age, letter_<n> of components, score_<code>, color."""
    return f"""
WITH dated AS (SELECT *,
    (extract(year FROM period) - extract(year FROM since)) * 12
      + extract(month FROM period) - extract(month FROM since) AS age,
    kind = 'Production' AND NOT opted_out AND date_trunc('month', start_date) <= period
      AND (end_date IS NULL OR end_date >= period) AS candidate
  FROM source),
termed AS (SELECT *, {_listed(_terms(edition))} FROM dated WHERE candidate),
valued AS (SELECT *, {_listed(_values(edition))} FROM termed),
pointed AS (SELECT *, {_listed(_points(edition))} FROM valued),
scored AS (SELECT *, {_listed(_scores(edition))} FROM pointed),
ranked AS (SELECT *, row_number() OVER (PARTITION BY subscription_id, period
    ORDER BY coalesce({_key(edition, edition.size_metric)}, -1) DESC, recorded_at DESC, instance_id) AS place
  FROM scored),
rolled AS (SELECT account_id, period, min(age) AS age, max(recorded_at) AS newest,
    sum(arr) AS reporting_arr, {_listed(_means(edition))}
  FROM ranked WHERE place = 1 GROUP BY account_id, period),
worth AS (SELECT *, {_listed(_rolled_points(edition))} FROM rolled),
components AS (SELECT *, {_listed(_component_scores(edition))} FROM worth),
{_composites(edition)},
cards AS (SELECT *, {_listed(_letters(edition))} FROM {_last(edition)})
"""  # noqa: S608 - of the edition's own names


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _key(edition: Edition, key: str) -> str:
    if key == SEATS:
        return "seats"
    column = f"m{edition.metric_keys.index(key)}"
    return f"CASE WHEN {column} >= 0 THEN {column} END"


def _term(edition: Edition, term: Term) -> str:
    parts = [f"({_key(edition, key)})" for key in term.keys]
    if term.operation == "first":
        return f"coalesce({', '.join(parts)})"
    if term.operation == "count_positive":
        return (
            "("
            + " + ".join(
                f"CASE WHEN {part} > 0 THEN 1::float8 WHEN {part} <= 0 THEN 0::float8 END"
                for part in parts
            )
            + ")"
        )
    return "(" + (" - " if term.operation == "difference" else " + ").join(parts) + ")"


def _numbered(edition: Edition) -> list[tuple[int, UseCase, Measure]]:
    return [(n, use_case, measure) for n, (use_case, measure) in enumerate(edition.measures())]


def _terms(edition: Edition) -> Iterable[str]:
    for n, _, measure in _numbered(edition):
        yield f"{_term(edition, measure.numerator)} AS top_{n}"
        bottom = measure.denominator
        yield f"{_term(edition, bottom) if bottom else 'NULL::float8'} AS bottom_{n}"


def _values(edition: Edition) -> Iterable[str]:
    for n, _, measure in _numbered(edition):
        if measure.denominator is None:
            yield f"top_{n}::float8 AS value_{n}"
        else:
            zero = "NULL" if measure.zero_denominator_is_na else f"top_{n} * 0"
            yield f"CASE WHEN bottom_{n} = 0 THEN {zero} ELSE top_{n}::float8 / bottom_{n} END AS value_{n}"


def _within(value: str, band: Band) -> str:
    exact = f"round({value} * 1e6::float8) / 1e6::float8"
    tests = [f"{value} IS NOT NULL"]
    if band.lower is not None:
        tests.append(f"{exact} {'>=' if band.lower_closed else '>'} {band.lower}::float8")
    if band.upper is not None:
        tests.append(f"{exact} {'<=' if band.upper_closed else '<'} {band.upper}::float8")
    if band.age_from is not None:
        tests.append(f"age >= {band.age_from}")
    if band.age_to is not None:
        tests.append(f"age <= {band.age_to}")
    return " AND ".join(tests)


def _banded(edition: Edition, measure: Measure, value: str) -> str:
    whens = " ".join(
        f"WHEN {_within(value, band)} THEN {edition.points[COLORS.index(band.color)]}::float8"
        for band in reversed(measure.bands)
    )
    return f"CASE {whens} END"


def _in(column: str, names: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(name) for name in names)})" if names else "true"


def _points(edition: Edition) -> Iterable[str]:
    for n, use_case, measure in _numbered(edition):
        yield (
            f"CASE WHEN {_in('deployment', use_case.deployments)}"
            f" THEN {_banded(edition, measure, f'value_{n}')} END AS points_{n}"
        )


def _weighted(parts: Iterable[tuple[str, float]]) -> str:
    known = list(parts)
    total = " + ".join(f"coalesce({part} * {weight}::float8, 0)" for part, weight in known)
    weights = " + ".join(
        f"CASE WHEN {part} IS NULL THEN 0 ELSE {weight}::float8 END" for part, weight in known
    )
    return f"(({total}) / nullif({weights}, 0))"


def _parts(edition: Edition, use_case: UseCase, prefix: str) -> list[tuple[str, float]]:
    return [
        (f"{prefix}{n}", measure.weight)
        for n, owner, measure in _numbered(edition)
        if owner is use_case
    ]


def _scores(edition: Edition) -> Iterable[str]:
    for place, use_case in enumerate(edition.use_cases):
        mean = _weighted(_parts(edition, use_case, "points_"))
        yield f"{mean} AS reach_{place}"
        yield f"CASE WHEN {_in('plan', use_case.plans)} THEN {mean} END AS component_{place}"


def _mean(part: str, here: str) -> str:
    used = f"{here} AND {part} IS NOT NULL"
    weight = f"sum(CASE WHEN {used} THEN arr END)"
    return (
        f"CASE WHEN {weight} > 0 THEN sum(CASE WHEN {used} THEN arr * {part} END) / {weight}"
        f" ELSE avg(CASE WHEN {used} THEN {part} END) END"
    )


def _means(edition: Edition) -> Iterable[str]:
    for place, use_case in enumerate(edition.use_cases):
        if use_case.roll_up not in {"value", "score"}:
            raise ValueError(f"The roll-up {use_case.roll_up} is not known here.")
        here = f"{_in('plan', use_case.plans)} AND {_in('deployment', use_case.deployments)}"
        yield f"{_mean(f'component_{place}', here)} AS component_{place}"
        yield f"{_mean(f'reach_{place}', 'true')} AS reach_{place}"
        for n, owner, _ in _numbered(edition):
            if owner is use_case:
                yield f"{_mean(f'value_{n}', here)} AS value_{n}"


def _rolled_points(edition: Edition) -> Iterable[str]:
    for n, _, measure in _numbered(edition):
        yield f"{_banded(edition, measure, f'value_{n}')} AS points_{n}"


def _component_scores(edition: Edition) -> Iterable[str]:
    for place, use_case in enumerate(edition.use_cases):
        own = f"component_{place}"
        score = (
            own if use_case.roll_up == "score" else _weighted(_parts(edition, use_case, "points_"))
        )
        yield f"{score} AS score_{use_case.code}"
        yield f"coalesce({score}, reach_{place}) AS level_{use_case.code}"


def _composites(edition: Edition) -> str:
    names = ["components", *(f"with_{each.code}" for each in edition.composites)]
    return ",\n".join(
        f"{after} AS (SELECT *, {_weighted([(f'score_{child}', w) for child, w in each.weights])}"  # noqa: S608 - names
        f" AS score_{each.code} FROM {before})"
        for before, after, each in zip(names, names[1:], edition.composites, strict=False)
    )


def _last(edition: Edition) -> str:
    return f"with_{edition.composites[-1].code}"


def letter(edition: Edition, score: str) -> str:
    exact = f"round({score} * 1e6::float8) / 1e6::float8"
    return (
        f"CASE WHEN {score} IS NULL THEN 'N' WHEN {exact} <= {edition.red_up_to}::float8 THEN 'R'"
        f" WHEN {exact} <= {edition.yellow_up_to}::float8 THEN 'Y' ELSE 'G' END"
    )


def level(edition: Edition, score: str) -> str:
    exact = f"round({score} * 1e6::float8) / 1e6::float8"
    whens = " ".join(
        f"WHEN {exact} <= {step.up_to}::float8 THEN '{position}'"
        if step.up_to is not None
        else f"ELSE '{position}'"
        for position, step in enumerate(edition.levels)
    )
    return f"CASE WHEN {score} IS NULL THEN '-' {whens} END"


def _letters(edition: Edition) -> Iterable[str]:
    letters = [letter(edition, f"score_{use_case.code}") for use_case in edition.use_cases]
    yield f"{reduce(lambda one, other: f'{one} || {other}', letters)} AS letters"
    yield f"{letter(edition, f'score_{edition.overall}')} AS color"


def insertion(edition: Edition, edition_id: int) -> str:
    """PostgreSQL: cards with evidence from `cards`, `ranked` and `dated`, in one INSERT … SELECT."""
    measures = [
        f"jsonb_build_array(value_{n}, {letter(edition, f'points_{n}')})"
        for n, *_ in _numbered(edition)
    ]
    components = [
        f"jsonb_build_array({_shown(edition, use_case)}, score_{use_case.code},"
        f" {letter(edition, f'score_{use_case.code}')}, {level(edition, f'level_{use_case.code}')})"
        for use_case in edition.use_cases
    ]
    composites = [
        f"jsonb_build_array('{each.code}', score_{each.code}, {letter(edition, f'score_{each.code}')})"
        for each in edition.composites
    ]
    terms = [
        f"jsonb_build_array(top_{n}, bottom_{n}, value_{n}, {letter(edition, f'points_{n}')})"
        for n, *_ in _numbered(edition)
    ]
    levels = " || ".join(
        level(edition, f"score_{use_case.code}") if use_case.counts_as_use_case else "'-'"
        for use_case in edition.use_cases
    )
    reach = " || ".join(
        level(edition, f"level_{use_case.code}") if use_case.counts_as_use_case else "'-'"
        for use_case in edition.use_cases
    )
    adopted = " + ".join(
        f"({letter(edition, f'score_{use_case.code}')} = 'G')::int"
        for use_case in edition.use_cases
        if use_case.counts_as_use_case
    )
    overall = f"score_{edition.overall}"
    return f"""
, explained AS (SELECT account_id, period, jsonb_agg(jsonb_build_object('subscription', subscription,
    'plan', plan, 'arr', arr, 'seats', seats, 'instance', external_id, 'hostname', hostname,
    'deployment', deployment, 'snapshot', recorded_at, 'primary', place = 1, 'reason', '',
    'measures', jsonb_build_array({_listed(terms)})) ORDER BY subscription_id, instance_id) AS rows
  FROM ranked GROUP BY account_id, period),
counted AS (SELECT account_id, sum(arr) AS arr FROM accounts_subscription GROUP BY account_id),
whole AS (SELECT c.*, e.rows, t.arr AS counted_arr FROM cards c JOIN explained e USING (account_id, period)
  JOIN counted t USING (account_id)),
texts AS (SELECT account_id, period, {overall} AS score,
    CASE color WHEN 'R' THEN 'Red' WHEN 'Y' THEN 'Yellow' WHEN 'G' THEN 'Green' ELSE '' END AS color,
    letters, {levels} AS levels, {reach} AS reach, {adopted} AS adopted, newest,
    round((reporting_arr / counted_arr) * 1e6::float8) / 1e6::float8 AS share,
    jsonb_build_object('age', age, 'components', jsonb_build_array({_listed(components)}),
      'measures', jsonb_build_array({_listed(measures)}),
      'composites', jsonb_build_array({_listed(composites)}), 'rows', rows)::text AS evidence
  FROM whole)
INSERT INTO usage_scorecard (account_id, period, edition_id, score, color, component_colors,
  component_levels, component_reach, use_cases_adopted, newest_recorded_at, reporting_arr_share,
  evidence, input_hash, scored_at)
SELECT account_id, period, {edition_id}, score, color, letters, levels, reach, adopted, newest, share,
  evidence, md5(evidence), now() FROM texts
"""  # noqa: S608 - of the edition's own names


def _shown(edition: Edition, use_case: UseCase) -> str:
    numbers = [n for n, owner, _ in _numbered(edition) if owner is use_case]
    return f"value_{numbers[0]}" if len(numbers) == 1 else "NULL"
