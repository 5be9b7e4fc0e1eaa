"""Files are read in this process, where nothing else is said: a child of its own takes a second for each."""

from __future__ import annotations

import pytest

from sxcanalysis.documents import child


@pytest.fixture
def in_child() -> None:
    """Read as users do, in a child process."""


@pytest.fixture(autouse=True)
def in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "in_child" not in request.fixturenames:
        monkeypatch.setattr(child, "_ALWAYS", frozenset())
        monkeypatch.setattr(child, "LARGE", 10**9)
