"""Which sessions a command means, and opening them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import click

from wflpy.drmaa2 import InvalidArgumentException, WflpyError, check_session_name
from wflpy.sessions import SessionManager
from wflpy.tracker import make_options, tracker_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wflpy.sessions import JobSession

T = TypeVar("T")

DEFAULT_BACKEND: Final = "process"
"""Where jobs run when nobody says otherwise."""

backend_option = click.option(
    "--backend", "-b", metavar="NAME", help=f"Where to run; '{DEFAULT_BACKEND}' unless the session says otherwise."
)
options_option = click.option(
    "--option", "-o", "options", metavar="KEY=VALUE", multiple=True, help="Option of the backend; may be repeated."
)


def default_session(backend: str | None) -> str:
    """The name of the session for jobs that name none: ``default``, on another backend ``default-docker``."""
    return "default" if backend in (None, DEFAULT_BACKEND) else f"default-{backend}"


def checked_name(name: str) -> str:
    """A name that a session may have.

    Raises:
        click.BadParameter: it may not.
    """
    try:
        check_session_name(name)
    except InvalidArgumentException as refusal:
        raise click.BadParameter(
            refusal.message.removeprefix("sessionName "), param_hint="the session's name"
        ) from refusal
    return name


def manager_for(backend: str | None, options: Mapping[str, str]) -> SessionManager:
    """A manager of the sessions on a backend; of all sessions when neither it nor an option is given."""
    if not options:
        return SessionManager(backend)
    # An option may have the name of a parameter of the manager, so they do not go in as keywords.
    options_type: type[object] = tracker_class(backend or DEFAULT_BACKEND).options_type
    return SessionManager(make_options(options_type, options))


def opened_or_created(manager: SessionManager, name: str, backend: str | None) -> JobSession:
    """The session of this name, created when there is none.

    Raises:
        click.UsageError: it is on another backend than the one that was asked for.
    """
    with SessionManager() as everything:
        if name not in everything.get_job_session_names():
            try:
                return manager.create_job_session(checked_name(name))
            except InvalidArgumentException:
                # Somebody else may have created it meanwhile, and then it is there to be opened.
                if name not in everything.get_job_session_names():
                    raise
    try:
        return manager.open_job_session(name)
    except InvalidArgumentException as refusal:
        if refusal.tracker in (None, backend or DEFAULT_BACKEND):
            raise
        text = f"session {name} is on {refusal.tracker}: give another --session, or leave --backend and --option out"
        raise click.UsageError(text) from refusal


class Sessions:
    """The sessions of this user that a command looks at, each opened when it is asked for.

    Attributes:
        only: the name of the one session that is meant; None for all.
        unreachable: why, for each session that could not be asked.
    """

    def __init__(self, manager: SessionManager, only: str | None = None) -> None:
        self.only: Final = only
        self._manager: Final = manager
        self._open: Final[dict[str, JobSession]] = {}
        self.unreachable: Final[dict[str, WflpyError]] = {}

    def ask(self, question: Callable[[JobSession], T]) -> Iterator[tuple[JobSession, T]]:
        """The one session that is meant, or all of them, each with its answer; those that give none are noted.

        Raises:
            InvalidArgumentException: the one session that is meant does not exist.
        """
        if self.only is not None:
            session = self._opened(self.only)
            yield session, question(session)
            return
        for name in self._manager.get_job_session_names():
            try:
                session = self._opened(name)
                answer = question(session)
            except InvalidArgumentException:
                continue  # destroyed meanwhile
            except WflpyError as failure:
                self.unreachable[name] = failure
            else:
                yield session, answer

    def _opened(self, name: str) -> JobSession:
        if name not in self._open:
            self._open[name] = self._manager.open_job_session(name)
        return self._open[name]
