"""A million random operations on budgets by several processes that are killed, against a model of their own.

`python -m tests.simulations.budgets --operations 1000000 --seed 1`. The workers (`worker`) use the service's rules on a
real file. Triggers that only this simulation has write down in which order the database took each row; the model
(`model`) goes through the rows in that order with Python's own sqlite3, and knows nothing of the service's SQL.
"""
