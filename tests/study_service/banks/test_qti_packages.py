"""QTI packages: which items are in them, in which order, and what is wrong with them by name."""

import pytest

from study_service.banks.bank import Problem
from tests.study_service.banks.qti_texts import choice, item, manifest, package, read, response


def asking(text: str) -> str:
    return item(choice(prompt=text), response("A"))


def texts(data: bytes) -> list[str]:
    bank = read(data)
    assert (bank.problems, bank.losses) == ([], [])
    return [question.text for question in bank.questions]


def problems(files: dict[str, str | bytes]) -> list[tuple[int, str]]:
    return [(problem.item, problem.message) for problem in read(package(files)).problems]


def test_items_in_the_order_of_the_manifest() -> None:
    files = {"b.xml": asking("B?"), "a.xml": asking("A?"), "imsmanifest.xml": manifest("b.xml", "a.xml")}
    assert texts(package(files)) == ["B?", "A?"]
    assert [(q.item, q.line) for q in read(package(files)).questions] == [(1, None), (2, None)]


def sections(*titles: str, tool: str = "") -> str:
    parts = "".join(
        f'<assessmentSection identifier="S{n}" title="{title}" visible="true">'
        f'<assessmentItemRef identifier="R{n}" href="{title[0]}.xml"/></assessmentSection>'
        for n, title in enumerate(titles)
    )
    part = f'<testPart identifier="P">{parts}</testPart>'
    return f'<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" {tool}>{part}</assessmentTest>'


def test_the_test_gives_the_order_and_its_sections_the_objectives() -> None:
    files = {
        "q/R.xml": asking("Routing?"),
        "q/S.xml": asking("Switching?"),
        "q/x.xml": asking("Last?"),
        "q/test.xml": sections("Switching", "Routing"),
        "imsmanifest.xml": manifest("q/x.xml", "q/R.xml", "q/S.xml", test="q/test.xml"),
    }
    bank = read(package(files))
    assert [(q.text, q.objective) for q in bank.questions] == [
        ("Switching?", "Switching"),
        ("Routing?", "Routing"),
        ("Last?", None),
    ]
    assert (bank.problems, bank.losses, bank.objectives) == ([], [], [])


@pytest.mark.parametrize("title", ["Section 1", "Section A", "Part 12", "S", "Assessment section"])
def test_a_section_that_is_only_counted_is_no_objective(title: str) -> None:
    files = {f"{title[0]}.xml": asking("?"), "t.xml": sections(title), "imsmanifest.xml": manifest(test="t.xml")}
    assert [q.objective for q in read(package(files)).questions] == [None]


def test_sections_in_sections_and_in_files_of_their_own() -> None:
    inner = (
        '<assessmentSection identifier="i" title="Section 1"><assessmentItemRef identifier="r" href="../a.xml"/>'
        '<assessmentSectionRef identifier="s" href="inner.xml"/></assessmentSection>'
    )
    test = (
        '<assessmentTest><testPart><assessmentSection title="Routing"><assessmentSectionRef href="s/inner.xml"/>'
        "</assessmentSection></testPart></assessmentTest>"
    )
    files = {"a.xml": asking("A?"), "s/inner.xml": inner, "t.xml": test, "imsmanifest.xml": manifest(test="t.xml")}
    assert [(q.text, q.objective) for q in read(package(files)).questions] == [("A?", "Routing")]


def test_bases_and_percent_signs_are_resolved() -> None:
    content = manifest("item%201.xml", attributes='xml:base="content/"').replace(
        "<resources", '<resources xml:base="q/"'
    )
    files = {"x/content/q/item 1.xml": asking("A?"), "x/imsmanifest.xml": content}
    assert texts(package(files)) == ["A?"]


def test_the_outermost_manifest_counts_and_not_that_of_macos() -> None:
    files = {
        "__MACOSX/imsmanifest.xml": "?",
        "x/y/imsmanifest.xml": "?",
        "x/imsmanifest.xml": manifest("a.xml"),
        "x/a.xml": asking("A?"),
    }
    assert texts(package(files)) == ["A?"]


def test_without_a_manifest_every_item_is_read_by_name() -> None:
    files = {
        "b.xml": asking("B?"),
        "a/1.XML": asking("A?"),
        "test.xml": sections("b"),
        "__MACOSX/b.xml": "?",
        "a/._1.xml": "?",
        "note.txt": "?",
    }
    bank = read(package(files))
    assert [q.text for q in bank.questions] == ["A?", "B?"]
    told = "there is no imsmanifest.xml: every item in the archive is read, by name"
    assert (bank.problems, bank.losses) == ([], [Problem(0, None, told)])


LOM = (
    '<metadata><lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general><keyword><string language="en">VLAN</string>'
    "</keyword><keyword><string>IOS</string></keyword><keyword><string>VLAN</string></keyword></general><educational><difficulty>"
    "<source>LOMv1.0</source><value>{}</value></difficulty></educational></lom></metadata>"
)


@pytest.mark.parametrize(("word", "difficulty"), [("very easy", 1), ("Difficult", 4), ("hard", None)])
def test_keywords_and_difficulty(word: str, difficulty: int | None) -> None:
    content = manifest("a.xml").replace('href="a.xml"/>', f'href="a.xml">{LOM.format(word)}</resource>')
    (question,) = read(package({"a.xml": asking("A?"), "imsmanifest.xml": content})).questions
    assert (question.tags, question.difficulty) == (("VLAN", "IOS"), difficulty or 3)
    assert question.states == ({"tags", "difficulty"} if difficulty else {"tags"})


def test_problems_and_losses_name_the_file() -> None:
    rubric = '<rubricBlock view="scorer">Key: A</rubricBlock>'
    files = {
        "a.xml": asking("A?"),
        "b.xml": item(choice(), response()),
        "c.xml": "<a>",
        "d.xml": "<note/>",
        "e.xml": item(rubric + choice(), response("A")),
        "f.xml": "<questestinterop/>",
        "imsmanifest.xml": manifest("a.xml", "b.xml", "c.xml", "d.xml", "e.xml", "f.xml", "g.xml", "../h.xml", "a.xml"),
    }
    assert problems(files) == [
        (2, "b.xml: it does not say which answer is right"),
        (3, "c.xml: the file is no XML: no element found in column 4"),
        (4, "d.xml: it is no QTI item, but a <note>"),
        (6, "f.xml: this is QTI 1; export it as QTI 2.1, 2.2 or 3.0"),
        (7, "g.xml is not in the archive"),
        (8, "imsmanifest.xml: ../h.xml is no file in the archive"),
    ]
    told = "e.xml: a rubric for others than learners (view 'scorer') is lost"
    assert read(package(files)).losses == [Problem(5, None, told)]


def test_a_test_that_cannot_be_read_leaves_the_order_of_the_manifest() -> None:
    broken = '<assessmentTest><testPart><assessmentItemRef href="/b.xml"/></testPart></assessmentTest>'
    for test, told in [
        ("<a>", "the order of its test: t.xml: the file is no XML: no element found in column 4"),
        (broken, "t.xml: /b.xml is no file in the archive"),
    ]:
        bank = read(package({"a.xml": asking("A?"), "t.xml": test, "imsmanifest.xml": manifest("a.xml", test="t.xml")}))
        assert ([q.text for q in bank.questions], bank.losses) == (["A?"], [Problem(0, None, told)])


MANY_SECTIONS = sections(*(chr(0x4E00 + n) * 5 for n in range(201)))
QTI1 = "this is QTI 1; export it as QTI 2.1, 2.2 or 3.0"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("<questestinterop/>", QTI1),
        (package({"imsmanifest.xml": manifest("a.xml").replace("item_xmlv2p2", "xmlv1p2")}), QTI1),
        (sections("a"), "this is only the assessmentTest of a package; import the package, a ZIP file"),
        (manifest("a.xml"), "this is only the manifest of a package; import the package, a ZIP file"),
        ("<html/>", "this is no QTI item: the document is a <html>"),
        ("what?", "the file is no XML: syntax error in column 1"),
        (package({}), "there is no QTI 2 or 3 item in the package"),
        (package({"imsmanifest.xml": manifest()}), "there is no QTI 2 or 3 item in the package"),
        (package({"imsmanifest.xml": "<a/>"}), "its imsmanifest.xml is no manifest, but a <a>"),
        (package({"imsmanifest.xml": "<a>"}), "imsmanifest.xml: the file is no XML: no element found in column 4"),
        (package({"imsmanifest.xml": manifest("a.xml")})[:-30], "the archive is broken: File is not a zip file"),
        (
            package({"imsmanifest.xml": manifest(*(f"{n}.xml" for n in range(10_001)))}),
            "more than 10,000 questions: import them in several files",
        ),
        (
            package(
                {
                    "t.xml": sections(*(chr(0x4E00 + n) * 5 for n in range(201))),
                    "imsmanifest.xml": manifest(test="t.xml"),
                }
            ),
            "more than 200 sections with a title",
        ),
    ],
)
def test_files_that_are_refused(data: str | bytes, message: str) -> None:
    bank = read(data)
    assert (bank.questions, [(p.item, p.message) for p in bank.problems]) == ([], [(0, message)])


def test_a_long_title_of_a_section_is_a_problem_of_its_items() -> None:
    files: dict[str, str | bytes] = {"a.xml": asking("A?"), "t.xml": sections("a" * 201)}
    told = "a.xml: the title of its section is longer than 200 characters"
    assert problems(files | {"imsmanifest.xml": manifest(test="t.xml")}) == [(1, told)]
