"""Say what is being done to a person who waits, once it has taken a while; whoever works need not know whether one listens."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Listener = Callable[[str, dict[str, object]], None]

QUIET = 2.0  # seconds for which nobody needs to be told
_HEARD: ContextVar[Listener | None] = ContextVar("heard", default=None)


def at_work(step: str, **values: object) -> None:
    """
    Say which step is being done.

    ``step`` is a key of ``labels.csv`` in the group ``step``, ``values`` fill its sentence; without a listener nothing happens.
    """
    if listener := _HEARD.get():
        listener(step, values)


@contextmanager
def heard(tell: Callable[[str, dict[str, object]], None], *, quiet: float = QUIET) -> Iterator[None]:
    """Hand each step to ``tell`` while this goes on: from ``quiet`` seconds on, first the one that is then being done."""
    last: list[tuple[str, dict[str, object]]] = []
    loud = quiet <= 0

    def listen(step: str, values: dict[str, object]) -> None:
        last[:] = [(step, values)]
        if loud:
            tell(step, values)

    def speak() -> None:
        nonlocal loud
        loud = True
        for step, values in last:
            tell(step, values)

    timer = Timer(quiet, speak)
    timer.daemon = True
    token = _HEARD.set(listen)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _HEARD.reset(token)
