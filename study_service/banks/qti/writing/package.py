"""A bank as a package: a manifest, a test with a section for each objective, and an item for each question."""

import io
import zipfile
from collections.abc import Iterator, Sequence

from study_service.banks.bank import Bank, Problem, Written
from study_service.banks.qti.writing import items, manifest

_TEST, _MANIFEST = "test.xml", "imsmanifest.xml"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # no file says when it was written, so that the same bank is the same archive


def write(bank: Bank) -> Written:
    """A package of QTI 2.1, the version that most systems read. Its questions are in the order of their objectives.

    What a reader of it gives back is the bank, but for what is lost: what the exam is called, what objectives weigh
    and describe, references and links of questions, and what else no item says in a standard way.
    """
    losses = list(_of_bank(bank))
    files: list[manifest.Filed] = []
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, question in enumerate(bank.questions, 1):
            item = items.write(question, number)
            lost = [f"{loss} is lost" for loss in (*item.losses, *manifest.lost_columns(question))]
            if item.xml is None:
                lost = item.losses
            losses += [Problem(question.item, question.line, loss) for loss in lost]
            if item.xml is not None:
                files.append(manifest.Filed(f"items/{number:05}.xml", question))
                _add(archive, files[-1].name, item.xml)
        _add(archive, _TEST, manifest.test(bank, files))
        _add(archive, _MANIFEST, manifest.manifest(files, _TEST))
    return Written(content.getvalue(), losses)


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    archive.writestr(entry, text.encode())


def _of_bank(bank: Bank) -> Iterator[Problem]:
    """What of the bank itself is lost."""
    if bank.exam is not None:
        yield Problem(0, None, f"the exam's vendor and code, {bank.exam.vendor} {bank.exam.code}, are lost")
    for objective in bank.objectives:
        extras: Sequence[tuple[str, object]] = (("description", objective.description), ("weight", objective.weight))
        for what, there in extras:
            if there is not None:
                yield Problem(0, None, f"the {what} of the objective {objective.name!r} is lost")
