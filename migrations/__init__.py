"""Migrations: what an operator opens. README.md is the operator's page.

`shared/`, `study/` and `growth/` hold the migration files, a stream for each owner of tables. `tool/` runs them,
`adoption/` brings databases from before this code to the first tables of every stream.
"""
