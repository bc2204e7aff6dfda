"""What a task runs: from what was passed to a verb to the body of the specification, with a name to call it by."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from wflpy.dag.codes import Code
from wflpy.dag.spec import Command, Shell, Submit
from wflpy.drmaa2 import JobTemplate
from wflpy.expr import ExpressionError, Text
from wflpy.flow.demands import words
from wflpy.flow.guards import is_mapping
from wflpy.flow.mistakes import mistake
from wflpy.flow.names import stem
from wflpy.flow.options import OPTIONS
from wflpy.flow.references import Later

if TYPE_CHECKING:
    from pathlib import Path

    from wflpy.dag.spec import Body
    from wflpy.flow.wiring import Wiring

Program = str | PurePath | Later | Text
"""What may be run: a program by name or path."""

HandlerBody = Program | Callable[..., object] | JobTemplate
"""What a handler may run: a program with its arguments, a function with its arguments, or a template."""

_FIRST_WORD = re.compile(r"\s*([A-Za-z_][\w.-]*)(?![\w=(])")
_LONGEST_PATH = 4096


class Draft(NamedTuple):
    """A body and the name for a task that is given none."""

    body: Body
    stem: str


def command(wiring: Wiring, program: object, args: Sequence[object], base: Path) -> Draft:
    """A program and its arguments, one by one.

    Raises:
        WorkflowError: the program is empty, or a whole command line.
    """
    if isinstance(program, str | PurePath):
        first, name = _program(str(program), str(base))
    elif isinstance(program, Later | Text):
        first, name = wiring.text(program, "the program"), "run"
    else:
        raise _no_program(program)
    return Draft(Command((first, *wiring.words(args))), name)


@lru_cache(maxsize=1024)
def _program(program: str, base: str) -> tuple[Text, str]:
    if not program or "\0" in program:
        raise mistake("there is nothing to run", "name a program", code=Code.EMPTY_COMMAND)
    if re.search(r"\s", program) and not _exists(program, base):
        raise mistake(
            f"there is no program called {program!r}; every argument is passed on its own, and no shell takes it apart",
            f"{_spelled_out(program)}; or shell({program!r}) to have a shell read it",
        )
    return Text.literal(program), stem(program, "run")


def _exists(program: str, base: str) -> bool:
    return len(program) < _LONGEST_PATH and "\n" not in program and os.path.exists(os.path.join(base, program))  # noqa: PTH110, PTH118


def _spelled_out(program: str) -> str:
    try:
        parts = shlex.split(program)
    except ValueError:
        return "separate the arguments with commas"
    return f"write run({', '.join(map(repr, parts))})"


def _no_program(program: object) -> Exception:
    if callable(program):
        return mistake(f"run starts programs, and {program!r} is a function", "use call(function, ...)")
    if isinstance(program, list | tuple):
        return mistake("the program is a list", "pass the words one by one: run(*command)")
    if isinstance(program, JobTemplate):
        return mistake("run starts programs, and this is a JobTemplate", "use submit(template)")
    return mistake(f"the program is {program!r}", "a text or a path")


def shell(wiring: Wiring, text: object, interpreter: str | Sequence[str] | None = None) -> Draft:
    """Text for a shell; references and ``${{ }}`` in it are quoted for the place where they land.

    Raises:
        WorkflowError: there is no text, or an expression in it cannot be read.
    """
    program = None if interpreter is None else words(interpreter, "the interpreter")
    if isinstance(text, Later | Text):
        return Draft(Shell(wiring.text(text, "the text"), program), "shell")
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise mistake(f"there is no shell text in {text!r}", "pass a text", code=Code.EMPTY_COMMAND)
    try:
        parsed = Text.parse(str(text))
    except ExpressionError as error:
        raise mistake(f"in shell text: {error.message}") from None
    first = _FIRST_WORD.match(text)
    return Draft(Shell(wiring.text(parsed, "the text"), program), stem(first[1], "shell") if first else "shell")


def job(template: object) -> Draft:
    """A job template as it is; a copy is kept.

    Raises:
        WorkflowError: it is no template, or one without a program.
    """
    if not isinstance(template, JobTemplate):
        raise mistake(f"submit takes a JobTemplate, not {template!r}", "JobTemplate(remote_command=...)")
    if not template.remote_command:
        raise mistake("the template has nothing to run", "set its remote_command", code=Code.EMPTY_COMMAND)
    return Draft(Submit(template.copy()), stem(template.job_name or template.remote_command, "job"))


def call(
    wiring: Wiring, function: Callable[..., object], args: Sequence[object], keywords: Mapping[str, object]
) -> Draft:
    """A Python function with its arguments.

    Raises:
        WorkflowError: it is not callable, or cannot be taken to the job.
    """
    from wflpy.flow.functions import call_of  # cloudpickle and what it loads are needed here only

    return call_of(wiring, function, args, keywords)


def handler(wiring: Wiring, what: object, args: Sequence[object], base: Path, *, in_shell: bool) -> Draft:
    """What a handler runs: a command, a function with its arguments, a template, or text for a shell."""
    if in_shell:
        if args:
            raise mistake("shell text takes no arguments", "put them into the text", code=Code.BAD_HANDLER)
        return shell(wiring, what)
    if isinstance(what, JobTemplate):
        return job(what)
    if callable(what):
        return call(wiring, what, args, {})
    return command(wiring, what, args, base)


def split_keywords(
    function: Callable[..., object], given: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Which keywords are for the function and which are options of the task.

    An option's name is an option; all of ``kwargs`` is for the function.

    Raises:
        WorkflowError: a keyword is an option, and the function has a parameter of that name too.
    """
    options = {name: value for name, value in given.items() if name == "name" or name in OPTIONS}
    inner = {name: value for name, value in given.items() if name not in options}
    if "kwargs" in inner and is_mapping(explicit := inner.pop("kwargs")):
        return {**inner, **explicit}, options
    parameters = _parameters(function)
    for name in options:
        if name in parameters:
            whose = getattr(function, "__name__", repr(function))
            raise mistake(
                f"'{name}' is an option of the task and a parameter of {whose} too",
                f"kwargs={{'{name}': ...}} is for the function; beside kwargs, even kwargs={{}}, {name}= is the task's",
            )
    return inner, options


def _parameters(function: Callable[..., object]) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    if code is None:
        return ()
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return names
