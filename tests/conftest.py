"""Settings of the whole suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The same examples on every run: a failure can be looked at, and CI does not toss coins.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")

# Sentences are held against their English, whatever the locale of the machine; a test of the Chinese ones sets it anew.
os.environ["SXC_LANG"] = "en"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that is skipped has not passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
