"""Peewee's own tests on our database class, beside Python's sqlite3: `make peewee-tests TREE=DIR`.

`TREE` is a checkout of Peewee's repository, of which only `tests/` is read. CI does not run this.
"""
