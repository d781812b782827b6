"""The tables by owner. A service writes the tables of its own stream and those of `shared`, no others."""

from shared_schema.tables import (
    attempts,
    audit,
    bank,
    budgets,
    costs,
    editing,
    engagement,
    growth,
    keys,
    ledger,
    memory,
    progress,
    queue,
    search,
    selection,
    sending,
    serving,
    statistics,
    study,
    twitter,
    users,
    voices,
)
from shared_schema.tables.table import Table, db

__all__ = ["OBJECTS", "OWNERS", "Table", "db"]


def _of(*modules: object) -> list[type[Table]]:
    """The tables that these modules declare, by name."""
    classes = [item for module in modules for item in vars(module).values() if isinstance(item, type)]
    models = [item for item in classes if issubclass(item, Table) and item is not Table]
    return sorted(models, key=lambda model: model._meta.table_name)


OWNERS: dict[str, list[type[Table]]] = {
    "shared": _of(users, audit, keys, serving),
    "study": _of(bank, study, attempts, progress, statistics, selection, editing, memory, queue),
    "growth": _of(twitter, engagement, sending, voices, ledger, costs, budgets, growth),
}
# The CREATE statements of virtual tables, views and triggers: what a model cannot say.
OBJECTS: dict[str, tuple[str, ...]] = {
    "shared": (*keys.OBJECTS, *audit.OBJECTS),
    "study": (
        *bank.OBJECTS,
        *statistics.OBJECTS,
        *selection.OBJECTS,
        *search.OBJECTS,
        *editing.OBJECTS,
        *queue.OBJECTS,
    ),
    "growth": (
        *twitter.OBJECTS,
        *ledger.OBJECTS,
        *costs.OBJECTS,
        *budgets.OBJECTS,
        *engagement.OBJECTS,
        *sending.OBJECTS,
        *growth.OBJECTS,
        *voices.OBJECTS,
    ),
}
