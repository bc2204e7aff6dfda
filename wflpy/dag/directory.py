"""The folder of one run: what is in it and how the files are called."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import string
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wflpy.dag.document import plan_lines
from wflpy.dag.errors import RunError
from wflpy.dag.journal import FORMAT, Journal
from wflpy.dag.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from wflpy.dag.plan import Plan

_FILE_NAME: Final = re.compile(r"[\w.,=\[\]+-]{1,120}", re.ASCII)
_UNUSABLE: Final = re.compile(r"[^\w.,=\[\]+-]+", re.ASCII)
_RUN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """One run on disk; the folder belongs to its user alone."""

    path: Path
    run_id: str
    name: str
    """What ``--name`` said, else the run id."""

    @classmethod
    def create(cls, home: Path, plan: Plan, name: str | None = None) -> RunDirectory:
        """Make the folder for a new run, with the plan in it; this process is its owner.

        Raises:
            RunError: the name cannot be used, or a run of this name still goes on; or the folder cannot be written.
        """
        if name is not None and not _RUN_NAME.fullmatch(name):
            raise RunError(
                f"{name!r} cannot be the name of a run: use letters, digits, _, - and ., at most 100 of them"
            )
        runs = home / "runs"
        try:
            runs.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _lock(runs):
                if name is not None:
                    _refuse_taken(home, name)
                path = _new_folder(runs, plan.name)
                run = cls(path, path.name, name or path.name)
                run._fill(plan)
        except OSError as error:
            raise RunError(f"a run cannot be kept in {runs}: {error.strerror}") from error
        return run

    def _fill(self, plan: Plan) -> None:
        self.logs.mkdir()
        self.calls.mkdir()
        with self.plan_file.open("w", encoding="utf-8") as file:
            file.writelines(plan_lines(plan, self._keep_payload))
        journal = Journal(self.journal_file)
        now = round(time.time(), 3)
        fields = {"format": FORMAT, "run": self.run_id, "name": self.name, "flow": plan.name}
        journal.add_record({"t": now, "e": "run", **fields})
        journal.close()
        self.write_owner(Owner.current())

    def _keep_payload(self, payload: bytes) -> str:
        """Write a pickled function beside the plan; returns its digest."""
        digest = hashlib.sha256(payload).hexdigest()
        self.payload(digest).write_bytes(payload)
        return digest

    @property
    def plan_file(self) -> Path:
        """The plan as JSON."""
        return self.path / "plan.json"

    @property
    def journal_file(self) -> Path:
        """What happened."""
        return self.path / "journal.jsonl"

    @property
    def owner_file(self) -> Path:
        """Who drives it."""
        return self.path / "owner.json"

    @property
    def logs(self) -> Path:
        """Folder of standard output and error."""
        return self.path / "logs"

    @property
    def calls(self) -> Path:
        """Folder of calls of Python functions and their results."""
        return self.path / "calls"

    @property
    def key_file(self) -> Path:
        """The key that signs pickled results of this run."""
        return self.calls / "key"

    def payload(self, digest: str) -> Path:
        """The file of a pickled function."""
        return self.calls / f"{digest}.function"

    def log(self, node: str, attempt: int, stream: str) -> Path:
        """``logs/<node>.<attempt>.out`` or ``.err``."""
        return self.logs / f"{file_stem(node)}.{attempt}.{stream}"

    def call_file(self, node: str, attempt: int) -> Path:
        """What an attempt to call a function is given."""
        return self.calls / f"{file_stem(node)}.{attempt}.json"

    def result_file(self, node: str, attempt: int) -> Path:
        """What an attempt to call a function leaves."""
        return self.calls / f"{file_stem(node)}.{attempt}.result.json"

    def write_owner(self, owner: Owner) -> None:
        """Say who drives the run from here on."""
        new = self.owner_file.with_suffix(".new")
        new.write_text(json.dumps(owner._asdict()) + "\n", encoding="utf-8")
        new.replace(self.owner_file)

    def owner(self) -> Owner | None:
        """Who drives the run, or did last; None if that was never written."""
        try:
            return Owner.of(json.loads(self.owner_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def ensure_key(self) -> Path:
        """The key file, made on first use."""
        try:
            file = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return self.key_file
        try:
            os.write(file, secrets.token_hex(32).encode())
        finally:
            os.close(file)
        return self.key_file


def file_stem(node: str) -> str:
    """A name for the files of a node: its own name, or a safe one that is as different as the names are."""
    if _FILE_NAME.fullmatch(node):
        return node
    digest = hashlib.sha256(node.encode(errors="surrogatepass")).hexdigest()[:10]
    return f"{_UNUSABLE.sub('_', node)[:80]}~{digest}"


def _new_folder(runs: Path, flow: str) -> Path:
    stem = _UNUSABLE.sub("-", flow).strip("-.")[:60] or "flow"
    moment = time.strftime("%Y%m%d-%H%M%S")
    while True:
        letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))
        path = runs / f"{stem}-{moment}-{letters}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path


def _refuse_taken(home: Path, name: str) -> None:
    from wflpy.dag.runs import list_runs

    for summary in list_runs(home):
        if summary.name == name and summary.is_live:
            owner = summary.owner
            by = f" (process {owner.pid} on {owner.host})" if owner else ""
            raise RunError(f"a run named '{name}' still goes on{by}; wait until it has ended, or take another name")


@contextmanager
def _lock(runs: Path) -> Generator[None]:
    """Two runs that want one name at the same moment must see each other."""
    file = os.open(runs / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # On a file system without locks the race is left open, rather than refusing to run.
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
