"""Moodle XML, the format in which Moodle keeps all of a question: a reader and a writer.

What an element means is what Moodle's own reader and writer make of it (question/format/xml/format.php and the question
types). One element is ours, and Moodle reads over it: `<weights>none</weights>` in a question with several right
options says that its author gave them no credits. Moodle cannot be without, so there they share the mark evenly.
"""

from study_service.banks.moodlexml.reading import read
from study_service.banks.moodlexml.writing import write

__all__ = ["read", "write"]
