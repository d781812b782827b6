"""CSV: a table of questions, as spreadsheets write and read it.

The first row has the names of the columns, in any order; each other row is a question. The file is UTF-8 (or UTF-16
with its mark), its separator a comma, a semicolon or a tab. `question,option1,option2,correct` is enough.

| column | what is in it |
|---|---|
| `question` | the text; the one column that must be there |
| `option1` … `option26` | the options, or the accepted answers |
| `correct` | the right ones: their letters (`A,C`), their numbers (`1,3`), or their texts; refused where it can be read in two ways, then write `option1,option3` |
| `type` | `multiple_choice`, `multi_select`, `true_false`, `short_answer`, `numeric`, `drag_drop`, `hotspot`; empty: one right option makes a multiple choice, several a multiple selection |
| `id` | the question's own id, by which it is known again |
| `objective`, `objectiveCode` | name of the objective, and its code |
| `explanation`, `reference` | texts |
| `link`, `image` | http or https addresses |
| `difficulty` | 1 to 5 |
| `tags` | `one; two`, a `;` in a tag is `\\;` |
| `feedback1` … | what is said to who chose this option |
| `weight1` … | the credit that it earns, from -1 to 1 |
| `fixed1` … | `yes` where it stays behind the shuffled options, `no` where it does not |
| `name1` … | its id |
| `caseSensitive1` … | of a short answer: `yes` where capital letters count |
| `number1` … | of a number: `5`, `3.14:0.005` with a tolerance, `3..4` from the lowest to the highest, `*` for any. Without it, that is in `option1` |
| `unit`, `units` | of a number: its unit, and what others are worth in it: `mV=0.001; kV=1000` |
| `target1` … | of pairs (`drag_drop`): what belongs to the option; beside an empty option, a target of none |
| `place1` … | of an order (`drag_drop`): the option's place, from 0; options without one belong nowhere |
| `region1` … | of a picture (`hotspot`): `rect 0 0 20 10`, `circle 5 5 2` or `poly 0 0 9 0 9 9`, in pixels |
| `imageSize` | of a picture: `800x600` |

Short answers, numbers and regions without `correct` are right unless their weight is below 1. Options of true/false may
be left out. An empty cell of a column that is there says that there is nothing (but for `difficulty`); a column that is
not there says nothing, and what the question has stays.

A text that begins with = + - @ or a tab would be run by spreadsheets, so it has an apostrophe before it; such a text
behind apostrophes has one more. Space around a text is not part of it.
"""  # noqa: E501  # a table in Markdown has one line for a row

from study_service.banks.csv.reader import read
from study_service.banks.csv.writer import write

__all__ = ["read", "write"]
