"""A page as plain values, and the one self-contained HTML file it becomes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from supportsim.experiment.judgement import Verdict
from supportsim.report.page.ink import DARK, LIGHT, Picture, svgs, variables
from supportsim.report.page.tables import Table


@dataclass(frozen=True)
class Text:
    """Paragraphs; the first may lead."""

    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """Terms and what is said of each."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    """Text as it stands in a file."""

    text: str


@dataclass(frozen=True)
class Pictures:
    """Figures side by side."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Replay:
    """An animated replay.

    Args:
        data: JSON for the page's script, see `supportsim.report.page.replay`.
        told: what is replayed.
    """

    data: str
    told: str


@dataclass(frozen=True)
class Folded:
    """Blocks that are shown when asked for."""

    title: str
    blocks: tuple[Block, ...]


Block = Text | Listed | Code | Pictures | Replay | Table | Folded


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Verdicts:
    """The answer at the top of the page.

    Args:
        verdict: of the whole.
        sentence: in plain words.
    """

    verdict: Verdict
    sentence: str
    name: str = ""


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Page:
    """Everything on a page.

    Args:
        title: of the file.
        heading: the large line.
        summary: under it.
        basis: what the figures rest on.
        verdicts: one, or one for each plan.
        tiles: key figures.
        sections: in order.
    """

    title: str
    heading: str
    summary: str
    basis: str
    verdicts: tuple[Verdicts, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]

    def pictures(self) -> list[Picture]:
        """Return every figure of the page, in its order."""
        return [picture for section in self.sections for picture in _pictures(section.blocks)]


def _pictures(blocks: Sequence[Block]) -> Iterable[Picture]:
    for block in blocks:
        if isinstance(block, Pictures):
            yield from block.pictures
        elif isinstance(block, Folded):
            yield from _pictures(block.blocks)


def html(page: Page) -> str:
    """Return the page as HTML that needs nothing else, and asks for nothing: no script but its own can run."""
    environment = Environment(
        loader=PackageLoader("supportsim.report.page", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["kind"] = lambda block: type(block).__name__
    environment.globals["svgs"] = lambda picture: [(kind, Markup(svg)) for kind, svg in svgs(picture)]
    script = _asset("page.js") + (_asset("replay.js") if _has_replay(page) else "")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = environment.get_template("page.html.j2").render(
        page=page,
        style=Markup(_asset("page.css").replace("/*light*/", variables(LIGHT)).replace("/*dark*/", variables(DARK))),
        script=Markup(script),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
    )
    return text.lstrip()


def _has_replay(page: Page) -> bool:
    return any(isinstance(block, Replay) for section in page.sections for block in section.blocks)


def _asset(name: str) -> str:
    return (files("supportsim.report.page") / "templates" / name).read_text("utf-8")
