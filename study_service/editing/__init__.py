"""An editor's work on questions: adding and deleting them, edits, versions, reviews."""
