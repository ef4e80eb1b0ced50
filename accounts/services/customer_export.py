"""All that is stored of an account or a contact, in files that people and programs read."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, TextIO

from django.core.serializers.json import DjangoJSONEncoder

from accounts.csv_output import csv_lines
from accounts.models import Account, Contact, SurveyResponse, User
from accounts.services import audit, erasure, holdings
from accounts.services.holdings import Rows

ROWS_PER_READ = 200
NOTE = (
    "Each table is here twice: as JSON, and as CSV for a spreadsheet. Figures are as they were reported. "
    "Passwords of people who work here, and keys, are not part of a customer's data."
)


Encoders = dict[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class Table:
    """Rows to be told, under a name."""

    name: str
    rows: Rows
    encode: Encoders = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        return [column.attname for column in self.rows.model._meta.concrete_fields]

    def records(self) -> Iterator[dict[str, Any]]:
        """A row at a time, whatever their number."""
        found = self.rows.order_by("pk").values(*self.columns)
        for row in found.iterator(chunk_size=ROWS_PER_READ):
            yield row | {name: encode(row[name]) for name, encode in self.encode.items()}


def tables_of_account(account: Account) -> list[Table]:
    """Every table with rows of the account, and the history of each that has one."""
    tables = []
    for holding in holdings.holdings():
        tables.append(Table(holding.name, holding.of(account.pk), holding.encode))
        history = holding.history(account.pk)
        if history is not None:
            tables.append(Table(f"{holding.name}_history", history))
    return tables


def tables_of_contact(contact: Contact) -> list[Table]:
    """The contact, their history, what they answered, and the texts about the account that name them."""
    history: Rows = contact.history.all()  # type: ignore[attr-defined]  # simple-history's
    return [
        Table("contact", Contact.objects.filter(pk=contact.pk)),
        Table("contact_history", history),
        Table("answers", SurveyResponse.objects.filter(contact=contact)),
        *(Table(name, rows) for name, rows in erasure.texts_naming(contact)),
    ]


def export(
    tables: Sequence[Table],
    output: Path,
    *,
    of: Account | Contact,
    now: datetime,
    by: User | None,
) -> dict[str, int]:
    """Write a .zip, or one .json; return the rows of each table. A file appears whole or not at all."""
    name = f"contact {of.email}" if isinstance(of, Contact) else f"account {of.external_id}"
    with _whole(output) as stream:
        if output.suffix == ".json":
            counts = _write_json(tables, stream, subject=name, now=now)
        else:
            counts = _write_zip(tables, stream, subject=name, now=now)
    audit.record("export.customer", of, now=now, by=by, detail={"rows": sum(counts.values())})
    return counts


@contextmanager
def _whole(output: Path) -> Iterator[IO[bytes]]:
    with NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as stream:
        made = Path(stream.name)
        try:
            yield stream
            stream.flush()
            made.replace(output)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _write_zip(
    tables: Sequence[Table], stream: IO[bytes], *, subject: str, now: datetime
) -> dict[str, int]:
    counts = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            with _text(archive, f"{table.name}.json") as text:
                counts[table.name] = _write_list(text, table.records())
            with _text(archive, f"{table.name}.csv") as text:
                _write_csv(text, table)
        with _text(archive, "about.json") as text:
            text.write(_json(_about(counts, subject=subject, now=now), indent=2))
    return counts


@contextmanager
def _text(archive: zipfile.ZipFile, name: str) -> Iterator[TextIO]:
    with (
        archive.open(name, "w", force_zip64=True) as entry,
        io.TextIOWrapper(entry, encoding="utf-8", newline="") as text,
    ):
        yield text


def _write_json(
    tables: Sequence[Table], stream: IO[bytes], *, subject: str, now: datetime
) -> dict[str, int]:
    counts = {}
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    text.write('{"tables": {\n')
    for number, table in enumerate(tables):
        text.write(f"{',' if number else ''}{_json(table.name)}: ")
        counts[table.name] = _write_list(text, table.records())
    text.write(f'}},\n"about": {_json(_about(counts, subject=subject, now=now))}}}\n')
    text.flush()
    text.detach()
    return counts


def _write_list(text: TextIO, records: Iterable[dict[str, Any]]) -> int:
    count = 0
    text.write("[")
    for count, record in enumerate(records, start=1):
        text.write(("," if count > 1 else "") + "\n" + _json(record))
    text.write("\n]\n")
    return count


def _write_csv(text: TextIO, table: Table) -> None:
    rows = ([_cell(record[column]) for column in table.columns] for record in table.records())
    text.writelines(csv_lines(itertools.chain([table.columns], rows), end="\n"))


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return _json(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _about(counts: dict[str, int], *, subject: str, now: datetime) -> dict[str, Any]:
    return {"subject": subject, "exported_at": now, "note": NOTE, "rows": counts}


def _json(value: Any, **options: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, **options)
