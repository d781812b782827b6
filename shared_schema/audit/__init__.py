"""The audit log: who changed what, sealed into a chain.

`entry`, `entries` and `change` go into the batch of the change; `seal` and `verify` prove it, `log` reads it.
"""

from shared_schema.audit.entries import PEOPLE, Actor, change, document, entries, entry

__all__ = ["PEOPLE", "Actor", "change", "document", "entries", "entry"]
