"""How figures look, and how they get into a page: SVG whose colours follow the page, or PNG.

Colours are those of M. Okabe and K. Ito, *Color Universal Design*, 2008, told apart with any kind of colour
vision; for dark paper they are lightened. A figure is drawn in the light ones, each used for one purpose only, and in
the SVG each gives way to a variable of the style sheet, so that one drawing serves light, dark and print.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

LIGHT: dict[str, str] = {
    "ink": "#1b2733",
    "quiet": "#5c6b7a",
    "line": "#c9d1d9",
    "paper": "#fdfefe",
    "wash": "#eef1f4",
    "blue": "#0b6aa8",
    "sky": "#4aa3d8",
    "green": "#0b7757",
    "orange": "#d98c00",
    "red": "#b54300",
    "amber": "#875700",
    "pink": "#b8649a",
    **{
        f"cool{step}": colour
        for step, colour in enumerate(
            ("#f1f6fa", "#d9e8f3", "#b9d6ea", "#92bfdf", "#66a4d0", "#3f87bd", "#2167a0", "#0f4a7c")
        )
    },
    **{
        f"warm{step}": colour
        for step, colour in enumerate(
            ("#fbf5ee", "#f9e4cc", "#f5cda0", "#efb06f", "#e48f41", "#cf6e1f", "#ab500f", "#7f3808")
        )
    },
}
DARK: dict[str, str] = {
    "ink": "#e6ebf0",
    "quiet": "#9aa8b5",
    "line": "#3a4653",
    "paper": "#141a20",
    "wash": "#1f2831",
    "blue": "#5fb0e6",
    "sky": "#8fcdf2",
    "green": "#3fc79c",
    "orange": "#f0b13c",
    "red": "#f0843f",
    "amber": "#f0b13d",
    "pink": "#dd92c3",
    **{
        f"cool{step}": colour
        for step, colour in enumerate(
            ("#1b242d", "#1c3345", "#1c455f", "#1d5a7d", "#27739e", "#3f90bf", "#70b3db", "#b0d9f2")
        )
    },
    **{
        f"warm{step}": colour
        for step, colour in enumerate(
            ("#231f1b", "#3d2a19", "#5a3818", "#7c4a17", "#a2621e", "#c98034", "#e8a662", "#fbd3a5")
        )
    },
}
TEXT = ("ink", "quiet", "blue", "green", "amber", "red")
"""Colours in which words may stand, on paper and on a wash; `orange`, its lighter sister, is for areas."""
STEPS = 8
"""Of each scale from little to much, ``cool`` and ``warm``."""
SERIES = ("blue", "orange", "green", "pink", "sky", "red")
"""For lines that must be told apart, in this order."""

NARROW, WIDE = 4.6, 10.6
"""Widths in inches: half a page or a phone's, and a whole page."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["line"],
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": LIGHT["quiet"],
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "grid.color": LIGHT["line"],
    "grid.linewidth": 0.5,
    "hatch.color": LIGHT["line"],
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "patch.linewidth": 0,
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "supportsim",
    "xtick.color": LIGHT["line"],
    "xtick.labelcolor": LIGHT["quiet"],
    "xtick.labelsize": 8.0,
    "ytick.color": LIGHT["line"],
    "ytick.labelcolor": LIGHT["quiet"],
    "ytick.labelsize": 8.0,
}


@dataclass(frozen=True)
class Picture:
    """A figure and what belongs to it.

    Args:
        name: of its file, and of its place in a page.
        title: what it shows, in a few words.
        alt: what it says, for whoever cannot see it.
        draw: draws it at a width in inches.
        note: how to read it.
        wide: whether it takes the whole width where there is room; a narrow drawing is made as well.
        titles: by the gid of a part of the figure, what to say when it is pointed at.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[float], Figure]
    note: str = ""
    wide: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)


def plain_axes(axes: Axes, *, grid: str = "") -> Axes:
    """Take away what only adds clutter; ``grid`` is ``x``, ``y`` or nothing."""
    axes.tick_params(length=0, pad=3)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid)  # type: ignore[arg-type]
    return axes


def svgs(picture: Picture) -> list[tuple[str, str]]:
    """Return the drawings of a picture for a page as (class, SVG): one, or a wide and a narrow one."""
    widths = [("wide", WIDE), ("narrow", NARROW)] if picture.wide else [("any", NARROW)]
    return [(kind, _svg(picture, width, f"{picture.name}-{kind}-")) for kind, width in widths]


def png(picture: Picture) -> bytes:
    """Return a picture as PNG with its title, in the light colours."""
    with mpl.rc_context({**_STYLE, "figure.facecolor": LIGHT["paper"], "savefig.pad_inches": 0.2}):
        figure = picture.draw(WIDE if picture.wide else NARROW)
        figure.suptitle(picture.title, x=0.0, y=1.06, ha="left", fontsize=10.5, fontweight="bold", va="bottom")
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=160, bbox_inches="tight", metadata={"Software": None})
    return stream.getvalue()


def variables(colours: Mapping[str, str]) -> str:
    """Return the style sheet's declarations of the colours."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


_COLOURS = {colour: f"var(--{name})" for name, colour in LIGHT.items()}
_COLOUR = re.compile("|".join(_COLOURS))
_SVG_HEAD = re.compile(r'<svg [^>]*viewBox="(?P<box>[^"]+)"[^>]*>')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_ID = re.compile(r'\b(id="|url\(#|href="#)')
_SPACE = re.compile(r">\s+<")


def _svg(picture: Picture, width: float, prefix: str) -> str:
    with mpl.rc_context(_STYLE):
        stream = io.StringIO()
        # Without a date and a creator, the same figure is the same text.
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        picture.draw(width).savefig(stream, format="svg", metadata=nothing)
    text = stream.getvalue()
    head = _SVG_HEAD.search(text)
    assert head is not None
    body = _SPACE.sub("><", _METADATA.sub("", text[head.end() :]))
    for gid, said in picture.titles.items():
        body = body.replace(f'<g id="{gid}">', f'<g id="{gid}"><title>{_escaped(said)}</title>', 1)
    body = _COLOUR.sub(lambda found: _COLOURS[found[0]], body)
    body = _ID.sub(lambda found: found[0] + prefix, body)
    label = _escaped(f"{picture.title}. {picture.alt}")
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{head["box"]}" role="img" aria-label="{label}">{body}'


def _escaped(text: str) -> str:
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, written)
    return text
