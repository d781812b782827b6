"""Migrations: a stream of numbered files per owner of tables, and the tool that runs them.

`shared/`, `study/`, `growth/` are the streams. `written` reads what a file says of itself, `streams` what has been
applied, `router` runs one file, `upgrade` runs them safely: `lease`, `preflight` (`rehearsal/`, `lint/`), `backup/`,
`watch` within the transaction, `backfill` after it. `commands/` is the command line. `streams`, `written` and
`deployments` are what a serving process uses.
"""
