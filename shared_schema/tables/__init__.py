"""The tables by owner. A service writes those of its own stream and of `shared`."""

from shared_schema.tables import growth, shared, study
from shared_schema.tables.table import Table, db

__all__ = ["OWNERS", "Table", "db"]


def _of(module: object) -> list[type[Table]]:
    found = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Table)]
    return sorted((model for model in found if model is not Table), key=lambda model: model._meta.table_name)


OWNERS: dict[str, list[type[Table]]] = {"shared": _of(shared), "study": _of(study), "growth": _of(growth)}
