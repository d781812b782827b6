"""A voice as instructions to a language model that drafts posts."""

from collections.abc import Sequence

from growth_service.wording.voices import Voice


def of(voice: Voice) -> str:
    """The text of a prompt, a line for each thing that the profile says but `voice_data`, which may be anything."""
    vocabulary = voice["vocabulary"]
    said = [
        ("Who speaks", voice["description"]),
        ("Tone", voice["tone"]),
        ("Topics", _joined(voice["topics"])),
        ("Words to use where they fit", _joined(vocabulary["preferred"])),
        ("Words never to use", _joined(vocabulary["avoided"])),
    ]
    lines = [f"Write in the voice “{_line(voice['name'])}”."]
    lines += [f"{name}: {_line(text)}" for name, text in said if text]
    examples = [f"- {_line(example)}" for example in voice["examples"] if example.strip()]
    if examples:
        lines += ["Posts in this voice. Take their manner, and copy none of them:", *examples]
    return "\n".join(lines)


def _joined(texts: Sequence[str]) -> str:
    return ", ".join(map(_line, texts))


def _line(text: str) -> str:
    """On one line, so that no text of the profile looks like another part of the prompt."""
    return " ".join(text.split())
