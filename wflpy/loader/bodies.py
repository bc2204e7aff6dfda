"""What a task or a handler runs, and what it gives out, from its keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wflpy.dag.spec import (
    Call,
    Command,
    FileOutput,
    JsonOutput,
    ReturnOutput,
    Shell,
    StdoutOutput,
    Submit,
)
from wflpy.drmaa2 import InvalidArgumentException, JobTemplate, from_dict
from wflpy.drmaa2.attributes import spec_name
from wflpy.drmaa2.schema import SCHEMAS, Kind
from wflpy.expr.text import OPENING
from wflpy.loader.codes import Code
from wflpy.loader.mistakes import Mistake, owner_of, quoted_suggestion
from wflpy.loader.scalars import is_list, is_mapping, plain_data
from wflpy.loader.shells import quotes_like_a_shell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wflpy.dag.spec import Body, Output
    from wflpy.expr import Text
    from wflpy.loader.model import BodyKeys, OutputKeys
    from wflpy.loader.tree import Path

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_STDOUT_FORMS: Final = ("text", "line", "json", "regex")
_SOURCES: Final = {"file": "file", "from_json": "json", "stdout": "stdout", "returned": "return"}
_KINDS: Final = {attribute.name: attribute.kind for attribute in SCHEMAS[JobTemplate]}
_OF_TEXT: Final = frozenset({Kind.TEXT, Kind.STRINGS, Kind.DICTIONARY, Kind.LIMITS})


def body_of(keys: BodyKeys, path: Path, mistakes: list[Mistake], *, own_shell: bool) -> Body | None:
    """What runs; None if that is not said, or said twice. ``own_shell``: its shell is not that of the defaults."""
    said = [name for name in ("run", "call") if getattr(keys, name) is not None]
    owner = owner_of(path)
    if len(said) == 2:
        hint = "keep one of them"
        mistakes.append(
            Mistake(Code.TOGETHER, f"{owner} has both 'run' and 'call'", (*path, "call"), hint, on_key=True)
        )
        return None
    if keys.arguments is not None and keys.call is None:
        message = f"'with' of {owner} goes with 'call', which it has not"
        mistakes.append(Mistake(Code.TOGETHER, message, (*path, "with"), on_key=True))
    if keys.call is not None:
        return _call(keys, keys.call, path, mistakes)
    if keys.run is not None:
        return _run(keys.run, keys.shell, path, mistakes, own_shell=own_shell)
    if keys.drmaa2 is not None and keys.drmaa2.get("remote_command"):
        template = template_of(keys.drmaa2, (*path, "drmaa2"), mistakes)
        return Submit(template) if template is not None else None
    mistakes.append(Mistake(Code.MISSING, f"{owner} has nothing to run", path, "give it 'run' or 'call'", on_key=True))
    return None


def _call(keys: BodyKeys, function: str, path: Path, mistakes: list[Mistake]) -> Body:
    if not _FUNCTION.fullmatch(function):
        message = f"call of {owner_of(path)}: '{function}' is no function"
        mistakes.append(Mistake(Code.VALUE, message, (*path, "call"), "write module:function"))
    return Call(function, kwargs=keys.arguments or {})


def _run(
    run: Text | tuple[Text, ...], shell: tuple[str, ...] | None, path: Path, mistakes: list[Mistake], *, own_shell: bool
) -> Body:
    if isinstance(run, tuple):
        if own_shell:
            message = f"'shell' of {owner_of(path)} goes with text in 'run'; a list needs no shell"
            mistakes.append(Mistake(Code.TOGETHER, message, (*path, "shell"), on_key=True))
        return Command(run)
    if shell is not None and not quotes_like_a_shell(shell):
        strange = next((one for one in run.expressions if not one.is_raw), None)
        if strange is not None:
            message = f"${{{{ {strange.source} }}}} cannot be quoted for {shell[0]}, which is no POSIX shell"
            hint = "put it in env:, or pass it through the filter 'raw'"
            mistakes.append(Mistake(Code.NO_EXPRESSION, message, (*path, "run"), hint))
    return Shell(run, shell)


# -- what comes out ----------------------------------------------------------------------------------


def output_of(keys: OutputKeys, path: Path, mistakes: list[Mistake]) -> Output:
    """An output; a stand-in if it is wrong, so that its name is known."""
    said = [field for field in _SOURCES if field in keys.model_fields_set]
    owner = owner_of(path)
    if len(said) != 1:
        names = ", ".join(_SOURCES.values())
        message = f"{owner} has {'several' if said else 'none'} of {names}"
        mistakes.append(Mistake(Code.TOGETHER, message, path, "an output has one source", on_key=True))
        return StdoutOutput()
    for field, partner in (("path", "from_json"), ("pattern", "stdout")):
        if getattr(keys, field) is not None and said != [partner]:
            message = f"'{field}' of {owner} goes with '{_SOURCES[partner]}'"
            mistakes.append(Mistake(Code.TOGETHER, message, (*path, field), on_key=True))
    if said == ["stdout"]:
        return _stdout(keys, path, mistakes)
    if keys.file is not None:
        return FileOutput(keys.file)
    if keys.from_json is not None:
        return JsonOutput(keys.from_json, keys.path or "")
    return ReturnOutput(keys.returned or "")


def _stdout(keys: OutputKeys, path: Path, mistakes: list[Mistake]) -> Output:
    form = keys.stdout or ("regex" if keys.pattern is not None else "text")
    owner = owner_of(path)
    if form not in _STDOUT_FORMS:
        hint = quoted_suggestion(form, _STDOUT_FORMS) or f"known: {', '.join(_STDOUT_FORMS)}"
        mistakes.append(Mistake(Code.VALUE, f"{owner}: '{form}' cannot be read from stdout", (*path, "stdout"), hint))
        return StdoutOutput()
    if (form == "regex") != (keys.pattern is not None):
        message = f"{owner}: stdout is regex, and 'pattern' is missing" if form == "regex" else ""
        message = message or f"{owner}: 'pattern' goes with 'stdout: regex'"
        mistakes.append(Mistake(Code.TOGETHER, message, path, on_key=True))
    try:
        re.compile(keys.pattern or "")
    except re.error as error:
        message = f"{owner}: '{keys.pattern}' is no regular expression: {error}"
        mistakes.append(Mistake(Code.VALUE, message, (*path, "pattern")))
    return StdoutOutput(form, keys.pattern)


# -- raw templates -----------------------------------------------------------------------------------


def template_of(fields: Mapping[str, object], path: Path, mistakes: list[Mistake]) -> JobTemplate | None:
    """The job template with these attributes; None if one of them is wrong."""
    values: dict[str, object] = {}
    before = len(mistakes)
    for name, value in fields.items():
        place = (*path, name)
        if name not in _KINDS:
            hint = quoted_suggestion(name, _KINDS)
            message = f"the DRMAA2 job template has no attribute '{name}'"
            mistakes.append(Mistake(Code.UNKNOWN_KEY, message, place, hint, on_key=True))
        elif _has_expression(value):
            message = f"{owner_of(path)}: '{name}' cannot hold an expression"
            mistakes.append(Mistake(Code.NO_EXPRESSION, message, place))
        else:
            values[name] = _attribute(
                name, _source(value) if _KINDS[name] in _OF_TEXT else plain_data(value), place, mistakes
            )
    return None if len(mistakes) > before else JobTemplate(**values)  # type: ignore[arg-type]  # checked one by one


def _attribute(name: str, value: object, path: Path, mistakes: list[Mistake]) -> object:
    try:
        template = from_dict(JobTemplate, {spec_name(name): value})
    except InvalidArgumentException as error:
        message = error.message.replace(f"JobTemplate: {spec_name(name)}", name)
        mistakes.append(Mistake(Code.TYPE, f"{owner_of(path[:-1])}: {message}", path))
        return None
    found: object = getattr(template, name)
    return found


def _source(value: object) -> object:
    """The data with the source text of its scalars."""
    if is_mapping(value):
        return {key: _source(entry) for key, entry in value.items()}
    if is_list(value):
        return [_source(element) for element in value]
    return None if value is None else str(value)


def _has_expression(value: object) -> bool:
    if is_mapping(value):
        return any(map(_has_expression, value.values()))
    if is_list(value):
        return any(map(_has_expression, value))
    return isinstance(value, str) and OPENING in value
