"""What a serving process must know of migrations.

`streams`: which streams there are, where their files lie, what a database has had. `files`: what one migration file
says of itself. `deployments`: which processes serve with which code. `version`: what the code that runs calls itself.
Nothing here runs or imports a migration.
"""
