"""The tables by owner. A service writes the tables of its own stream and those of `shared`, no others."""

from shared_schema.tables import growth, shared, study
from shared_schema.tables.table import Table, db

__all__ = ["OBJECTS", "OWNERS", "Table", "db"]


def _of(module: object) -> list[type[Table]]:
    """The tables that a module declares, by name."""
    classes = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Table)]
    return sorted((model for model in classes if model is not Table), key=lambda model: model._meta.table_name)


OWNERS: dict[str, list[type[Table]]] = {"shared": _of(shared), "study": _of(study), "growth": _of(growth)}
# The CREATE statements of virtual tables, views and triggers: what a model cannot say.
OBJECTS: dict[str, tuple[str, ...]] = {"shared": shared.OBJECTS, "study": study.OBJECTS, "growth": growth.OBJECTS}
