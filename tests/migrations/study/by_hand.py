"""Migrations of a stream, one by one, so that rows can be put in between."""

import importlib.util
from types import SimpleNamespace
from typing import Any

from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams


def migrate(database: LibsqlDatabase, stream: str, *numbers: int, step: str = "migrate") -> None:
    """Run the migrations with these numbers, in this order, each with its backfills."""
    for number in numbers:
        (path,) = streams.directory(stream).glob(f"{number:03}_*.py")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        statements: list[str] = []
        getattr(module, step)(SimpleNamespace(sql=statements.append), database)
        for sql in statements:
            database.execute_sql(sql)
        for filled in getattr(module, "BACKFILLS", ()) if step == "migrate" else ():
            database.execute_sql(f"UPDATE {filled['table']} SET {filled['set']} WHERE {filled.get('where', 1)}")
