"""What has been simulated, kept: an SQLite index of runs by digest, and their numbers in array files beside it.

A run is identified by the digest of its scenario, its seed, its number of replications, what was measured, and the
engine (`supportsim.experiment.provenance.engine`), so that what is found here is what simulating again would give.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportsim.experiment.provenance import engine, git_revision, versions
from supportsim.experiment.result import RunResult
from supportsim.scenario.metrics import METRICS, MetricKey

INDEX = "index.sqlite"
ARRAYS = "arrays"
FORMAT = 1
PATIENCE_SECONDS = 60
"""How long a writer waits for another."""

_TABLES = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        seed INTEGER NOT NULL,
        replications INTEGER NOT NULL,
        engine TEXT NOT NULL,
        measured TEXT NOT NULL,
        verdict TEXT NOT NULL,
        targets TEXT NOT NULL,
        provenance TEXT NOT NULL,
        place TEXT,
        file TEXT NOT NULL,
        checksum TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        stored TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%S', 'now')),
        UNIQUE (digest, seed, replications, engine, measured)
    )""",
    """CREATE TABLE metrics (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        place INTEGER NOT NULL,
        metric TEXT NOT NULL,
        unit TEXT NOT NULL,
        estimate REAL,
        half_width REAL,
        PRIMARY KEY (run, place)
    ) WITHOUT ROWID""",
    """CREATE TABLE sweeps (
        place TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%S', 'now'))
    )""",
)


class StoreError(RuntimeError):
    """The index cannot be read or written; the results themselves are not touched."""


@dataclass(frozen=True)
class RunKey:
    """What is to be simulated."""

    digest: str
    seed: int
    replications: int


@dataclass(frozen=True)
class KnownRun:
    """A run of the index.

    Args:
        number: names it on the command line.
        name: of the scenario.
        key: what was simulated.
        engine: with which code.
        verdict: met, missed or undecided.
        targets: one entry per target, as plain data.
        provenance: file, overrides, versions and git revision, as plain data.
        place: of the result's folder, None for a point of a sweep.
        bytes: of the array file.
        stored: when, in UTC.
        current: whether the code of today would give the same.
    """

    number: int
    name: str
    key: RunKey
    engine: str
    verdict: str
    targets: list[dict[str, Any]]
    provenance: dict[str, Any]
    place: Path | None
    bytes: int
    stored: str
    current: bool


class Store:
    """The index and the arrays in one folder. Any number of processes may use it at once.

    Args:
        folder: is made if need be.

    Raises:
        StoreError: there is an index, but it is damaged or of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with _explained(folder):
            self._index = sqlite3.connect(folder / INDEX, timeout=PATIENCE_SECONDS, isolation_level=None)
            self._index.execute("PRAGMA foreign_keys = ON")
            with self._writing():
                (found,) = self._index.execute("PRAGMA user_version").fetchone()
                if found == 0:
                    for table in _TABLES:
                        self._index.execute(table)
                    self._index.execute(f"PRAGMA user_version = {FORMAT}")
                elif found != FORMAT:
                    raise StoreError(f"{folder / INDEX}: is of format {found}, expected {FORMAT}; move it away")

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, result: RunResult, place: Path | None = None) -> None:
        """Keep what all replications found; what is there already under the same key is replaced.

        The array file is on the disk before the index names it, and the index changes all at once, so that a crash at
        any moment leaves every other run whole.

        Args:
            result: complete; an interrupted one is not kept.
            place: the folder that holds everything else about it.

        Raises:
            StoreError: the index cannot be written.
            OSError: the array file cannot be written.
        """
        if result.interrupted or result.replications[0] != 0:
            return
        table = np.stack([result.value, result.numerator, result.denominator])
        stream = io.BytesIO()
        np.save(stream, table)
        content = stream.getvalue()
        measured = sha256("\n".join(map(str, result.keys)).encode()).hexdigest()[:16]
        key = (result.scenario.digest, result.seed, len(result.replications), engine(), measured)
        stem = sha256(repr(key).encode()).hexdigest()[:32]
        file = f"{ARRAYS}/{stem[:2]}/{stem}.npy"
        folder = None if place is None else os.path.relpath(place, self.folder)
        told = (json.dumps(_targets(result)), json.dumps(_provenance(result, with_git=place is not None)))
        row = (
            result.scenario.scenario.name, *key, result.verdict.value, *told, folder,
            file, sha256(content).hexdigest(), len(content),
        )  # fmt: skip
        with _explained(self.folder), self._writing():
            _write(self.folder / file, content)
            # A point of a sweep that is a run of its own, too, stays one.
            (number,) = self._index.execute(
                "INSERT INTO runs (name, digest, seed, replications, engine, measured, verdict, targets, provenance,"
                " place, file, checksum, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (digest, seed, replications, engine, measured) DO UPDATE SET name = excluded.name,"
                " verdict = excluded.verdict, targets = excluded.targets, provenance = excluded.provenance,"
                " place = coalesce(excluded.place, place), checksum = excluded.checksum, bytes = excluded.bytes,"
                " stored = excluded.stored RETURNING id",
                row,
            ).fetchone()
            self._index.execute("DELETE FROM metrics WHERE run = ?", (number,))
            self._index.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", _metric_rows(number, result))

    def find(self, key: RunKey, keys: Sequence[MetricKey]) -> NDArray[np.float64] | None:
        """Return values, numerators and denominators (3, R, K) of the metrics asked for, None if they are not here.

        More replications than asked for begin with the same. A damaged array file counts as none.

        Raises:
            StoreError: the index cannot be read.
        """
        wanted = [str(one) for one in keys]
        with _explained(self.folder):
            rows = self._index.execute(
                "SELECT id, file, checksum FROM runs WHERE digest = ? AND seed = ? AND replications >= ? AND engine = ?"
                " ORDER BY replications, bytes",
                (key.digest, key.seed, key.replications, engine()),
            ).fetchall()
            for number, file, checksum in rows:
                listed = self._index.execute("SELECT metric, place FROM metrics WHERE run = ?", (number,))
                places = dict(listed.fetchall())
                if all(name in places for name in wanted):
                    table = _read(self.folder / file, checksum)
                    if table is not None:
                        return table[:, : key.replications, [places[name] for name in wanted]]
        return None

    def runs(self) -> list[KnownRun]:
        """Return all runs, the newest last.

        Raises:
            StoreError: the index cannot be read.
        """
        with _explained(self.folder):
            rows = self._index.execute(
                "SELECT id, name, digest, seed, replications, engine, verdict, targets, provenance, place, bytes,"
                " stored FROM runs ORDER BY stored, id"
            ).fetchall()
        return [
            KnownRun(
                number=number,
                name=name,
                key=RunKey(digest, seed, replications),
                engine=made_by,
                verdict=verdict,
                targets=json.loads(targets),
                provenance=json.loads(provenance),
                place=None if place is None else Path(os.path.relpath(self.folder / place)),
                bytes=size,
                stored=stored,
                current=made_by == engine(),
            )
            for (
                number,
                name,
                digest,
                seed,
                replications,
                made_by,
                verdict,
                targets,
                provenance,
                place,
                size,
                stored,
            ) in rows
        ]

    def metrics(self, number: int) -> list[tuple[str, str, float, float]]:
        """Return (metric, unit, estimate, half-width) of everything measured in a run, NaN where nothing was.

        Raises:
            StoreError: the index cannot be read.
        """
        with _explained(self.folder):
            rows = self._index.execute(
                "SELECT metric, unit, estimate, half_width FROM metrics WHERE run = ? ORDER BY place", (number,)
            ).fetchall()
        return [(metric, unit, _number(estimate), _number(half)) for metric, unit, estimate, half in rows]

    def older_than(self, days: float) -> set[int]:
        """Return the numbers of the runs that were stored longer ago.

        Raises:
            StoreError: the index cannot be read.
        """
        with _explained(self.folder):
            rows = self._index.execute(
                "SELECT id FROM runs WHERE julianday(stored) < julianday('now') - ?", (days,)
            ).fetchall()
        return {number for (number,) in rows}

    def drop(self, numbers: Sequence[int], *, dry: bool = False) -> int:
        """Forget runs, and remove every array file that no run has any more; folders of results stay.

        Args:
            numbers: of the runs.
            dry: only count.

        Returns:
            How many bytes of files are freed.

        Raises:
            StoreError: the index cannot be written.
        """
        with _explained(self.folder), self._writing():
            dropped = set(numbers)
            kept = {file for number, file in self._index.execute("SELECT id, file FROM runs") if number not in dropped}
            stray = [
                path
                for path in sorted((self.folder / ARRAYS).glob("*/*"))
                if path.relative_to(self.folder).as_posix() not in kept
            ]
            size = sum(path.stat().st_size for path in stray)
            if not dry:
                self._index.executemany("DELETE FROM runs WHERE id = ?", [(number,) for number in numbers])
                for path in stray:
                    path.unlink()
        return size

    def begin_sweep(self, place: Path, request: dict[str, Any]) -> None:
        """Note that a sweep has begun, so that it can be resumed without being asked for in full again.

        Raises:
            StoreError: the index cannot be written.
        """
        with _explained(self.folder), self._writing():
            text, name = json.dumps(request), os.path.relpath(place, self.folder)
            self._index.execute("INSERT OR REPLACE INTO sweeps (place, request) VALUES (?, ?)", (name, text))

    def end_sweep(self, place: Path) -> None:
        """Note that a sweep is complete.

        Raises:
            StoreError: the index cannot be written.
        """
        with _explained(self.folder), self._writing():
            self._index.execute("DELETE FROM sweeps WHERE place = ?", (os.path.relpath(place, self.folder),))

    def unfinished_sweep(self) -> dict[str, Any] | None:
        """Return the request of the sweep that began last and has not ended, None if all have.

        Raises:
            StoreError: the index cannot be read.
        """
        with _explained(self.folder):
            row = self._index.execute("SELECT request FROM sweeps ORDER BY begun DESC, rowid DESC LIMIT 1").fetchone()
        return None if row is None else json.loads(row[0])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Change the index alone, all at once or not at all."""
        self._index.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._index.execute("ROLLBACK")
            raise
        self._index.execute("COMMIT")


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"{folder / INDEX}: {error}; if it is damaged, move it away: it only remembers what was simulated"
        ) from error


def _targets(result: RunResult) -> list[dict[str, Any]]:
    return [
        {"target": target.name, "verdict": target.verdict.value, "estimate": _plain(target.judgement.estimate)}
        for target in result.targets
    ]


def _provenance(result: RunResult, *, with_git: bool) -> dict[str, Any]:
    loaded = result.scenario
    return {
        "file": str(loaded.files[0].resolve()),
        "overrides": list(loaded.overrides),
        "versions": versions(),
    } | ({"git": git_revision(loaded.files[0].resolve())} if with_git else {})


def _metric_rows(number: int, result: RunResult) -> Iterator[tuple[Any, ...]]:
    columns = zip(result.keys, result.summary.estimate.tolist(), result.summary.half_width.tolist(), strict=True)
    for place, (key, estimate, half_width) in enumerate(columns):
        yield number, place, str(key), METRICS[key.metric].unit, _plain(estimate), _plain(half_width)


def _write(path: Path, content: bytes) -> None:
    """Have a file with this content on the disk, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path, checksum: str) -> NDArray[np.float64] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if sha256(content).hexdigest() != checksum:
        return None
    table: NDArray[np.float64] = np.load(io.BytesIO(content), allow_pickle=False)
    return table


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number(value: float | None) -> float:
    return np.nan if value is None else value
