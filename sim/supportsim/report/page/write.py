"""A page written to disk, whole or not at all, and its figures as files of their own."""

from __future__ import annotations

from pathlib import Path

from supportsim.report.page.ink import png
from supportsim.report.page.page import Page, html
from supportsim.report.whole import write_whole


def write_page(page: Page, file: Path) -> None:
    """Write a page as one HTML file; what was there is replaced only when the new one is complete.

    Raises:
        OSError: it could not be written.
    """
    write_whole(file, html(page).encode())


def write_pictures(page: Page, folder: Path) -> list[Path]:
    """Write every figure of a page as PNG into a folder, which is made if need be, and return their files.

    Raises:
        OSError: a file could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for picture in page.pictures():
        files.append(folder / f"{picture.name}.png")
        write_whole(files[-1], png(picture))
    return files
