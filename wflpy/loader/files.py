"""Workflow files: read, checked in all stages, and turned into flows."""

from __future__ import annotations

import gc
from pathlib import Path as File
from typing import TYPE_CHECKING, Final, NamedTuple

from wflpy.loader.codes import Code
from wflpy.loader.compose import compose
from wflpy.loader.diagnostics import Diagnostic, WorkflowFileError, source_lines
from wflpy.loader.flows import NamedBackend, make_flow, names_in, with_stand_ins
from wflpy.loader.places import Places
from wflpy.loader.references import reference_mistakes
from wflpy.loader.scalars import is_mapping
from wflpy.loader.shape import read_shape
from wflpy.loader.syntax import Fault
from wflpy.loader.tree import build

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from wflpy.dag.spec import FlowSpec
    from wflpy.flow import Flow
    from wflpy.loader.mistakes import Mistake
    from wflpy.loader.tree import Path


class WorkflowFile(NamedTuple):
    """A file that has been read and found right."""

    spec: FlowSpec
    """The flow, with the values of its parameters."""
    backends: Mapping[str, NamedBackend]
    """The entries of `backends`."""


def load_file(path: str | os.PathLike[str], params: Mapping[str, object] | None = None) -> WorkflowFile:
    """The flow and the backends of a file.

    Args:
        path: the file; its folder is the base of the flow.
        params: values of its parameters, as values or as the text of a command line.

    Raises:
        WorkflowFileError: everything that is wrong with the file or with the values, with line and column.
    """
    read = _read(File(path), params or {}, complete=True)
    if read.diagnostics or read.file is None:
        raise WorkflowFileError(read.diagnostics, str(path))
    return read.file


def load_spec(path: str | os.PathLike[str], params: Mapping[str, object] | None = None) -> FlowSpec:
    """The flow of a file as data; arguments and errors as for `load_file`."""
    return load_file(path, params).spec


def load_flow(path: str | os.PathLike[str], params: Mapping[str, object] | None = None) -> Flow:
    """The flow of a file, which knows the file's backends by name; arguments and errors as for `load_file`."""
    from wflpy.flow import Flow

    file = load_file(path, params)
    return Flow.from_spec(file.spec, file.backends)


def check_file(path: str | os.PathLike[str], params: Mapping[str, object] | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a file, in its order; nothing is run.

    Args:
        path: the file.
        params: values of its parameters. A parameter that has neither a value nor a default is nothing wrong here.
    """
    return _read(File(path), params or {}, complete=False).diagnostics


class _Read(NamedTuple):
    file: WorkflowFile | None
    diagnostics: list[Diagnostic]


def _read(path: File, params: Mapping[str, object], *, complete: bool) -> _Read:
    text = _text(path)
    if isinstance(text, Diagnostic):
        return _Read(None, [text])
    # Nearly all that is made here stays; looking for garbage meanwhile would double the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _checked(path, text, params, complete=complete)
    finally:
        if collecting:
            gc.enable()


def _text(path: File) -> str | Diagnostic:
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "is the path right?" if isinstance(error, FileNotFoundError) else None
        message = f"the file cannot be read: {error.strerror or error}"
        return Diagnostic(file=str(path), code=Code.UNREADABLE, message=message, hint=hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        lines = source_lines(before)
        message = f"the byte 0x{content[error.start]:02X} is not UTF-8"
        hint = "save the file as UTF-8"
        return Diagnostic(
            file=str(path),
            code=Code.NOT_TEXT,
            message=message,
            line=len(lines),
            column=len(lines[-1]) + 1,
            hint=hint,
            excerpt=source_lines(content.decode("utf-8", "replace"))[len(lines) - 1],
        )


def _checked(path: File, text: str, params: Mapping[str, object], *, complete: bool) -> _Read:
    node = compose(text)
    if isinstance(node, Fault):
        return _Read(None, [Places(path, text, None).of_fault(node)])
    tree = build(node)
    places = Places(path, text, node)
    faults = [places.of_fault(fault) for fault in tree.faults]
    shape = read_shape(tree.data)
    mistakes = list(shape.mistakes)
    if shape.keys is None:
        return _Read(None, places.in_order([*faults, *map(places.of_mistake, mistakes)]))
    base = path.absolute()
    origins = places.origins()
    made = make_flow(shape.keys, names_in(tree.data, "params"), base, origins, params, complete=complete)
    mistakes += [mistake for mistake in made.mistakes if not _follows(mistake, shape.left_out)]
    if shape.left_out and is_mapping(tree.data):
        with_stand_ins(made.spec, shape.left_out, tree.data)
    known = shape.left_out | {mistake.path for mistake in made.mistakes if mistake.path}
    mistakes += reference_mistakes(made.spec, known)
    if not complete:  # whoever runs it may choose another backend, and hears of this one when it is opened
        from wflpy.loader.fit import fit_mistakes

        mistakes += fit_mistakes(made.spec.backend, made.backends)
    found = places.in_order([*faults, *map(places.of_mistake, mistakes)])
    return _Read(WorkflowFile(made.spec, made.backends), found)


def _follows(mistake: Mistake, left_out: frozenset[Path]) -> bool:
    """Whether something is missing, or alone, only because something else was wrong and has been told."""
    if mistake.code == Code.LOAD_TIME:
        return ("params",) in left_out
    if mistake.code not in _ABSENCE:
        return False
    holder = mistake.path[:-1] if mistake.code == Code.TOGETHER else mistake.path
    return any(path[: len(holder)] == holder for path in left_out)


_ABSENCE: Final = frozenset({Code.MISSING, Code.TOGETHER})
