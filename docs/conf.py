"""The site: documentation, API, notebooks as they were executed, and a gallery of the figures. Needs no network."""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path
from types import ModuleType

import sxcanalysis
from sxcanalysis.figures import figure_names
from sxcanalysis.tables.loading import available_editions

ROOT = Path(__file__).resolve().parent.parent
MADE = Path(__file__).parent / "made"  # what is composed for the site; not tracked

project = "sxcanalysis"
copyright = "sxcanalysis contributors; text and figures CC BY 4.0, code MIT"  # noqa: A001
release = version = metadata.version("sxcanalysis")
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
nb_execution_mode = "off"
nb_merge_streams = True
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = "sxcanalysis"
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_typehints = "description"
napoleon_use_ivar = True
napoleon_google_docstring = False
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]
exclude_patterns = ["README.md", "made/api.rst"]


def compose() -> None:
    """Copy the executed notebooks and lay out the gallery."""
    shutil.rmtree(MADE, ignore_errors=True)
    MADE.mkdir()
    edition = available_editions()[-1]
    lines = [
        "# Notebooks",
        "",
        "As they were executed, with every figure.",
        "",
        "```{toctree}",
        ":maxdepth: 1",
        "",
    ]
    for lang, name in (("en", "English"), ("zh", "中文")):
        for path in sorted((ROOT / "build" / "notebooks" / edition / lang).glob("*.ipynb")):
            target = MADE / f"{path.stem}-{lang}.ipynb"
            words = re.sub(
                r"\]\((\d\d_\w+)\.ipynb\)", rf"](\1-{lang}.ipynb)", path.read_text(encoding="utf-8")
            )
            page = "teaching.zh.md" if lang == "zh" else "teaching.md"
            words = re.sub(r"\]\(teaching/?\)", f"](../{page})", words)
            target.write_text(words, encoding="utf-8")
            lines.append(f"{path.stem} ({name}) <{target.stem}>")
    (MADE / "notebooks.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")
    lines = [
        "# Gallery",
        "",
        f"Every figure of the edition {edition}, in both languages. How to take one: [figures](../figures.md).",
        "",
    ]
    for figure in figure_names():
        lines += [f"## {figure}", ""]
        for lang in ("en", "zh"):
            source = ROOT / "figures" / edition / lang / f"{figure}.png"
            if source.is_file():
                shutil.copy(source, MADE / f"{figure}-{lang}.png")
                lines += [f"![{_told(source.with_suffix('.md'))}]({figure}-{lang}.png)", ""]
    (MADE / "gallery.md").write_text("\n".join(lines), encoding="utf-8")
    named = [name for name in sxcanalysis.__all__ if not isinstance(getattr(sxcanalysis, name), ModuleType)]
    lines = []
    for name in named:
        kind = "autoclass" if isinstance(getattr(sxcanalysis, name), type) else "autofunction"
        lines += [f".. {kind}:: {name}", "   :members:" if kind == "autoclass" else "", ""]
    (MADE / "api.rst").write_text("\n".join(lines), encoding="utf-8")


def _told(path: Path) -> str:
    """Return the words beside a figure, as an alternative text of one line."""
    words = path.read_text(encoding="utf-8") if path.is_file() else path.stem
    return " ".join(re.sub(r"[#*\[\]()<>`_]", " ", words).split())[:250]


compose()
