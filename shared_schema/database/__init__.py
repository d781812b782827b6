"""Peewee on libSQL. The only package that imports the driver.

db = LibsqlDatabase("file:var/app.db")
db.fetch([query, query])   # reads, one snapshot
db.batch([query, query])   # writes, one atomic transaction
"""

from shared_schema.database import errors, tools
from shared_schema.database.batch import Guard, Result, Statement, require, require_changes
from shared_schema.database.libsql import LibsqlDatabase
from shared_schema.database.patience import within
from shared_schema.database.sql import Verbatim

__all__ = [
    "Guard",
    "LibsqlDatabase",
    "Result",
    "Statement",
    "Verbatim",
    "errors",
    "require",
    "require_changes",
    "within",
]

tools.register()
