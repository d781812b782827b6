"""Statistics of questions and exams, from each learner's first answer to a version of a question.

A repetition measures the memory of the key, so it does not count here. A right answer is 1, any other 0.

The pure part: `matrix` (who answered what), `classical` (facility, item-rest correlation, efficiency), `reliability`
(alpha), `two_parameter` (the 2PL model), `options` (what was chosen), `miskeyed` (whether the key is in doubt).
The rest reads the facts and keeps the results: `facts`, `measuring`, `results`, and the command
`python -m study_service.statistics`.
"""
