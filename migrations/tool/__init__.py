"""The migration tool: how the files of the streams are run.

`router` runs one file, `lease` lets in one operator at a time. The rooms: `schema` reads what a database consists of,
`rehearsal` runs a migration on a scratch database, `lint` names what is dangerous in it, `backup` saves and restores,
`apply` is `up` and `down`, `develop` is for whoever writes a migration, `commands` is the command line. `drift`
compares models, migrations and a database; `plan` shows what would run.
"""
