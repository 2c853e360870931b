"""Words can be read: their colours stand out as the Web Content Accessibility Guidelines 2.1 want, light and dark."""

from __future__ import annotations

from itertools import product

import pytest

from supportsim.report.page.ink import DARK, LIGHT, TEXT

ENOUGH = 4.5
"""Success criterion 1.4.3, level AA, text of any size."""


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_the_most() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_paper_and_on_a_wash(colours: dict[str, str]) -> None:
    for word, ground in product(TEXT, ("paper", "wash")):
        assert contrast(colours[word], colours[ground]) >= ENOUGH, (word, ground)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_in_the_boxes_of_a_replay(colours: dict[str, str]) -> None:
    for ground, word in (("red", "paper"), ("blue", "paper"), ("quiet", "paper")):
        assert contrast(colours[word], colours[ground]) >= ENOUGH, (word, ground)
    for ground in ("orange", "sky"):
        assert contrast("#000000", colours[ground]) >= ENOUGH, ground
