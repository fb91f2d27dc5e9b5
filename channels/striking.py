"""Where the sentences to strike through stand in a text. Pure."""

from __future__ import annotations


def stretches(text: str, sentences: tuple[str, ...]) -> list[tuple[int, int]]:
    """Start and end of each, in code points, in order and apart from each other; a sentence that
    doesn't stand in the text is passed over, and so is one within another."""
    found = sorted((text.find(each), len(each)) for each in set(sentences) if each and each in text)
    kept: list[tuple[int, int]] = []
    for start, length in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, start + length))
    return kept
