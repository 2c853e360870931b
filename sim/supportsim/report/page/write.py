"""A page written to disk, whole or not at all, and its figures as files of their own."""

from __future__ import annotations

import os
from pathlib import Path

from supportsim.report.page.ink import png
from supportsim.report.page.page import Page, html


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


def write_whole(file: Path, content: bytes) -> None:
    """Write a file, or leave what was there.

    Raises:
        OSError: it could not be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        scratch.write_bytes(content)
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)
