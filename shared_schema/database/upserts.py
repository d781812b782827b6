"""The id that an upsert of one row gives: INSERT … ON CONFLICT … DO UPDATE by Peewee, without a RETURNING of its own.

The engine only tells the id of the last row that was inserted, perhaps by another statement. So we ask by RETURNING.
"""

from collections.abc import Mapping
from typing import Any

import peewee

_ModelInsert: Any = peewee.ModelInsert


def key(query: Any) -> Any:
    """The field of the id; None for a query that is no such upsert."""
    if not isinstance(query, _ModelInsert) or query._on_conflict is None or query._returning is not None:
        return None
    updates = query._on_conflict._update or query._on_conflict._preserve
    meta = query.model._meta
    return meta.primary_key if updates and meta.auto_increment and isinstance(query._insert, Mapping) else None


def returning(query: Any, field: Any) -> Any:
    """The upsert, to return the id of the row that it inserts or updates."""
    asking = query.clone()
    asking._returning = (field,)
    return asking


def in_the_way(query: Any, field: Any) -> Any:
    """The query for the id of a row that the upsert met and, by its WHERE, left alone. None if it cannot be told."""
    fields = query.model._meta.combined
    given = {fields.get(_name(column)): value for column, value in query._insert.items()}
    met = [fields.get(_name(column)) for column in query._on_conflict._conflict_target or ()]
    if not met or any(column is None or column not in given for column in met):
        return None
    return query.model.select(field).where(*(column == given[column] for column in met)).tuples()


def _name(column: Any) -> Any:
    return column.name if isinstance(column, peewee.Field) else column
