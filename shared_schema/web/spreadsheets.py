"""Lists as files for spreadsheets: RFC 4180, UTF-8, a row with the names of the fields, then a row for each thing."""

import csv
import io
from collections.abc import Iterable, Mapping

from flask import Response

from shared_schema.fields import NANO
from shared_schema.web.schema import Out, Usd

TYPE = "text/csv"
# What the document says of an answer that `of` makes.
FORM = {
    "type": "string",
    "description": "RFC 4180 in UTF-8. The first row has the names of the fields, as in JSON. Amounts have nine "
    "decimals, what is not known is empty. A text that a spreadsheet would read as a formula has an apostrophe first.",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def of(name: str, schema: Out, rows: Iterable[Mapping[str, object]]) -> Response:
    """The rows as a file of this name, with a column for each field of `schema`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([field.data_key for field in schema.fields.values()])
    writer.writerows([_cells(schema, row) for row in rows])
    response = Response(text.getvalue().encode(), content_type=f"{TYPE}; charset=utf-8; header=present")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response


def _cells(schema: Out, row: Mapping[str, object]) -> list[str]:
    shown = schema.dump(row)
    return [
        _dollars(row[field.attribute or name]) if isinstance(field, Usd) else _cell(shown[field.data_key])
        for name, field in schema.fields.items()
    ]


def _dollars(nanousd: object) -> str:
    """Exactly, without the detour of a float."""
    if not isinstance(nanousd, int):
        return ""
    sign, amount = "-" if nanousd < 0 else "", abs(nanousd)
    return f"{sign}{amount // NANO}.{amount % NANO:09}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else str(value)
