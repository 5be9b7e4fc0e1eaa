"""Figures that many tests look at, each drawn once."""

from __future__ import annotations

from functools import cache

import pytest

from sxcanalysis import figures
from sxcanalysis.figures.style import use_style


@cache
def drawn(name, lang, width):
    return figures.build(name, edition=2024, lang=lang, width=width)


@pytest.fixture
def bundle():
    return drawn


@pytest.fixture(params=("zh", "en"))
def lang(request):
    return request.param


@pytest.fixture
def styled(lang):
    with use_style(lang):
        yield lang
