"""What a run leaves behind, as text: the exports byte for byte, and every row under names that last.

Left out is what must differ between two runs of the same work: ids given out by a sequence (a
transaction that was killed has used some), and times at which something was written. The export of
calls to action has both, so it is compared without its columns id and opened_at, by dedupe_key.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import LiteralString

from tests.torture.processes import python
from tests.torture.stage import Stage

State = dict[str, str]

EXPORTING = """
import sys, django
django.setup()
from django.core.management import call_command
folder, first, last = sys.argv[1:]
months = ["--from", first, "--to", last]
for level in ("instance", "account"):
    call_command("export_scores", "--level", level, *months, "--output", f"{folder}/{level}.csv")
call_command("export_transitions", "--output", f"{folder}/transitions.csv")
call_command("export_ctas", "--output", f"{folder}/ctas.csv")
"""
EXPORTS = ("instance", "account", "transitions")
CTA_COLUMNS_THAT_DIFFER = ("id", "opened_at")

ROWS: dict[str, LiteralString] = {
    "payloads": """
        SELECT i.external_id, i.hostname, p.recorded_at, p.digest, md5(p.body)
        FROM usage_rawpayload p JOIN usage_instance i ON i.id = p.instance_id""",
    "snapshots": """
        SELECT i.external_id, i.hostname, s.period, s.recorded_at, s.metrics
        FROM usage_snapshot s JOIN usage_instance i ON i.id = s.instance_id""",
    "instances": """
        SELECT external_id, hostname, kind, kind_source, is_clone, last_reported_at, version,
               subscription_id FROM usage_instance""",
    "rejected": "SELECT kind, line, field, reason, digest FROM usage_rejectedrow",
    "cards": """
        SELECT a.external_id, c.period, e.name, c.input_hash, c.score, c.color
        FROM usage_scorecard c JOIN accounts_account a ON a.id = c.account_id
        JOIN usage_edition e ON e.id = c.edition_id""",
    "transitions_rows": """
        SELECT a.external_id, t.period, t.component, e.name, t.from_color, t.to_color,
               t.from_period, t.from_value, t.to_value
        FROM usage_transition t JOIN accounts_account a ON a.id = t.account_id
        JOIN usage_edition e ON e.id = t.edition_id""",
    "ctas_rows": """
        SELECT dedupe_key, status, priority, title, summary, reason, type, component, period,
               due_on, owner_id, playbook_version_id FROM playbooks_calltoaction""",
    "tasks": """
        SELECT c.dedupe_key, t.position, t.title, t.due_on, t.owner_id, t.is_required, t.done_at
        FROM playbooks_task t JOIN playbooks_calltoaction c ON c.id = t.cta_id""",
    "events": """
        SELECT c.dedupe_key, e.kind, e.text, e.signal_key, e.actor_id
        FROM playbooks_ctaevent e JOIN playbooks_calltoaction c ON c.id = e.cta_id""",
}


def state(stage: Stage, database: str, months: list[str]) -> State:
    """Name -> text of all that the database says."""
    return exports(stage, database, months) | rows(stage, database)


def exports(stage: Stage, database: str, months: list[str]) -> State:
    folder = stage.folder / f"{database}-exports"
    folder.mkdir(exist_ok=True)
    run = stage.child(
        f"export-{len(stage.started)}",
        database,
        python("-c", EXPORTING, str(folder), months[0], months[-1]),
    )
    assert run.wait() == 0, run.said()
    texts = {name: (folder / f"{name}.csv").read_text() for name in EXPORTS}
    return texts | {"ctas": comparable_ctas(folder / "ctas.csv")}


def comparable_ctas(path: Path) -> str:
    with path.open(newline="") as stream:
        lines = [
            {key: text for key, text in row.items() if key not in CTA_COLUMNS_THAT_DIFFER}
            for row in csv.DictReader(stream)
        ]
    out = io.StringIO()
    for row in sorted(lines, key=lambda row: row["dedupe_key"]):
        csv.writer(out).writerow(row.values())
    return out.getvalue()


def rows(stage: Stage, database: str) -> State:
    return {
        name: "\n".join(sorted(map(repr, stage.postgres.rows(database, query))))
        for name, query in ROWS.items()
    }


def digest(whole: State) -> str:
    """A short name of a state, to be printed."""
    text = "\0".join(f"{name}\0{whole[name]}" for name in sorted(whole))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def assert_same(got: State, expected: State) -> None:
    """Fail with the first lines that differ."""
    for name, text in expected.items():
        if got[name] == text:
            continue
        ours, theirs = set(got[name].splitlines()), set(text.splitlines())
        raise AssertionError(
            f"{name}: {len(got[name].splitlines())} lines, undisturbed {len(text.splitlines())}\n"
            f"only here: {sorted(ours - theirs)[:5]}\nonly undisturbed: {sorted(theirs - ours)[:5]}"
        )
