"""The text of a file of text: UTF-8, or UTF-16 where the first bytes say so."""

from study_service.banks.bank import Problem

_UTF8 = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class NotText(Exception):
    """The file is not in UTF-8 or UTF-16. `problem` is how a report says so."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def decoded(data: bytes) -> str:
    """The text without its byte order mark; raises NotText."""
    if data.startswith(_UTF16):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            message = f"the file begins like UTF-16, but is not: bytes at offset {error.start}"
            raise NotText(Problem(0, None, message)) from None
    text = data.removeprefix(_UTF8)
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(data) - len(text) + error.start
        line = unix(text[: error.start].decode("utf-8")).count("\n") + 1
        message = f"the file is not UTF-8: byte 0x{data[offset]:02x} at offset {offset}"
        raise NotText(Problem(0, line, message)) from None


def unix(text: str) -> str:
    """The text with \\n at all line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
