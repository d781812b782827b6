"""Spaced repetition: what a learner remembers of a question, by FSRS-6, and when it is due again.

Every answer is a review, at the time when it was given: in practice, in a session, offline, in a timed test. The facts
are the answers alone: what is remembered is the replay of a learner's answers to a question in the order of their
times. Answers to all versions count. A new version asks for the same knowledge; where it does not, the learner answers
it wrong, and starts over by that.

`model` is FSRS: the grade of an answer, and what is remembered after it. `counting` counts an answer in its own batch,
`history` replays. `plan` makes the days' lists of what is due, `reviews` reads today's. `fitting` fits the weights to a
learner, `restoring` replays what was computed otherwise: `python -m study_service.memory`.
"""
