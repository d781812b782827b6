"""Which rows break a constraint: how many, the first of them by key, and their values, as sentences for people."""

from collections.abc import Collection, Iterator
from contextlib import suppress

import peewee

from migrations.tool.breaches import constraints, sources
from migrations.tool.breaches.constraints import Rule, Select, Unique
from migrations.tool.breaches.sources import Source
from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Structure
from shared_schema.database import errors

_FIRST = 5
_GROUPS = 3
_VERBS = {"have": "has", "break": "breaks", "refer": "refers"}


def of(
    select: Select, sql: str, structure: Structure, new: Collection[str] = (), *, keys_on: bool = False
) -> list[str]:
    """What the rows that a statement writes, or makes an index of, would break. `sql` has no placeholders.

    `structure` is that of the database before the statement, `select` reads that database, in which the tables
    of `new` may be missing and have no rows. With `keys_on` references are looked at, too; while foreign keys are off,
    a later statement may bring what they refer to. An empty list also for a statement that is not understood.
    """
    source = sources.read(sql, structure, new)
    if source is None:
        return []
    sentences: list[str] = []
    references = constraints.references(select, structure, source.table) if keys_on else ()
    for rule in (*constraints.rules(source.table), *references):
        if source.index is None and (source.columns is None or rule.columns & source.columns):
            with suppress(peewee.DatabaseError, errors.Error):  # what cannot be asked cannot be told
                sentences += _of_rule(select, source, rule)
    keys = [source.index] if source.index else constraints.uniques(structure, source.table)
    for key in keys:
        with suppress(peewee.DatabaseError, errors.Error):
            sentences += _of_unique(select, source, key)
    return sentences


def _of_rule(select: Select, source: Source, rule: Rule) -> Iterator[str]:
    columns = f"quote({source.id}) AS named, {rule.value} AS value, count(*) OVER () AS n"
    rows = select(
        f"{source.changed} SELECT {columns} FROM rows WHERE {rule.broken} ORDER BY {source.id} LIMIT {_FIRST}"
    )
    if rows:
        ids, values = [str(row["named"]) for row in rows], [str(row["value"]) for row in rows]
        count = rows[0]["n"]
        verb, _, rest = rule.says.partition(" ")
        says = f"{_VERBS[verb] if count == 1 else verb} {rest}"
        shown = f" ({', '.join(dict.fromkeys(values))})" if rule.shows else ""
        yield f"{_rows(count, source.name)} {says}{_named(source, ids, count)}{shown}"


def _of_unique(select: Select, source: Source, key: Unique) -> Iterator[str]:
    values = " || ', ' || ".join(f"quote({expression})" for expression in key.expressions)
    group = ", ".join(key.expressions)
    filled = " AND ".join(f"({expression}) IS NOT NULL" for expression in key.expressions)
    where = f"({key.where}) AND {filled}"
    columns = f"{values} AS value, count(*) AS n, count(*) OVER () AS groups, sum(count(*)) OVER () AS total"
    groups = select(
        f"{source.all} SELECT {columns} FROM rows WHERE {where} GROUP BY {group} HAVING count(*) > 1"
        f" ORDER BY min({source.id}) LIMIT {_GROUPS}"
    )
    if not groups:
        return
    first = f"ORDER BY {source.id} LIMIT {_FIRST}"
    shown, named = f"quote({source.id}) AS named", []
    for entry in groups:
        same = f"{values} = {sqltext.text(entry['value'])}"
        ids = select(f"{source.all} SELECT {shown} FROM rows WHERE {where} AND {same} {first}")
        named.append(f"{_named(source, [str(row['named']) for row in ids], entry['n'])} ({entry['value']})".strip(": "))
    many = f" in {groups[0]['groups']} groups" if groups[0]["groups"] > 1 else ""
    more = "; …" if groups[0]["groups"] > len(groups) else ""
    yield f"{_rows(groups[0]['total'], source.name)} share {key.says}{many}: {'; '.join(named)}{more}"


def _rows(count: int, table: str) -> str:
    return f"{count} row{'s' if count > 1 else ''} of {quoted(table)}"


def _named(source: Source, ids: list[str], count: int) -> str:
    """`: ids 4, 9 and 7 more`; nothing where a row has no name."""
    if not source.key:
        return ""
    more = f" and {count - len(ids)} more" if count > len(ids) else ""
    plural = "s" if count > 1 and source.key in ("id", "rowid") else ""
    return f": {source.key}{plural} {', '.join(ids)}{more}"
