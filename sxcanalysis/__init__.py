"""Turn a Chinese government task list into checked tables, maps and figures.

The public functions are loaded when they are first used, so that importing the package costs
little more than importing pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "read_document": "readers",
    "read_source": "readers",
    "parse_document": "parsing",
    "TaskList": "parsing",
    "load_tasks": "datasets",
    "load_assignments": "datasets",
    "load_targets": "datasets",
    "load_mentions": "datasets",
    "load_issues": "datasets",
    "load_cities": "datasets",
    "check_boundaries": "boundaries",
    "load_projects": "projects",
    "load_sites": "projects",
    "load_boundaries": "boundaries",
    "burden": "burden",
    "burden_sensitivity": "burden",
    "compare_editions": "editions",
    "SxcError": "_errors",
    "DocumentError": "_errors",
    "DataError": "_errors",
    "MissingDataError": "_errors",
}
__all__ = sorted(_HOME)  # noqa: PLE0605  # the list of names above is the one source
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401  # functions and classes alike
    if name in _HOME:
        return getattr(import_module(f"sxcanalysis.{_HOME[name]}"), name)
    msg = f"module 'sxcanalysis' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
