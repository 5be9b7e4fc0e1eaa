"""What every page of the project shares: its template, a head that forbids requests, a font, the other language."""

from __future__ import annotations

import base64
import json
import re
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from sxcanalysis.figures.fonts import font_subset, text_font
from sxcanalysis.reference.words import check_lang, say

if TYPE_CHECKING:
    from pathlib import Path

TONGUES = {"zh": "zh-CN", "en": "en"}
OTHER = {"zh": "en", "en": "zh"}
_FONT_PLACE = "/* the page's own font */"


def render_page(template: str, lang: str, **values: object) -> str:
    """
    Fill a template into a page that may load nothing at all.

    Parameters
    ----------
    template
        A file of ``outputs/templates``. Everything that stands in ``{{ }}`` is escaped; ``say("key", n=3)`` gives the words of
        ``data/reference/labels.csv`` in the page's language.
    lang
        ``zh`` or ``en``.
    values
        What the template names.

    Returns
    -------
    page
        HTML. It carries the glyphs of all that it says, for machines without a Chinese font.
    """
    lang = check_lang(lang)
    words = {
        "lang": lang,
        "tongue": TONGUES[lang],
        "say": partial(_say, lang),
        "other_tongue": TONGUES[OTHER[lang]],
    }
    text = _environment().get_template(template).render(**words, font_face=_FONT_PLACE, **values)
    return text.replace(_FONT_PLACE, _font_face(text), 1)


def fill_template(template: str, **values: object) -> str:
    """Fill a template that is no page: everything that stands in ``{{ }}`` is escaped as XML."""
    return _environment().get_template(template).render(**values)


def fill_part(template: str, macro: str, **values: object) -> str:
    """Fill one macro of a template: what a notebook shows is a part of a page."""
    made: str = getattr(_environment().get_template(template).module, macro)(**values)
    return str(made).strip()


def other_page(path: Path, lang: str) -> str:
    """
    Name the page beside this one in the other language, where the names follow that of ``atlas-2024-zh.html``.

    Examples
    --------
    >>> from pathlib import Path
    >>> other_page(Path("atlas-2024-zh.html"), "zh"), other_page(Path("map.html"), "zh")
    ('atlas-2024-en.html', '')
    """
    own = f"-{lang}"
    return f"{path.stem.removesuffix(lang)}{OTHER[lang]}{path.suffix}" if path.stem.endswith(own) else ""


def script_json(data: object) -> str:
    r"""
    Write data as JSON that may stand inside a page's ``script``.

    Examples
    --------
    >>> script_json({"name": "</script>"})
    '{"name":"\\u003c/script>"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _say(lang: str, key: str, **values: object) -> str:
    return say(key, lang, **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("sxcanalysis.outputs", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals["part"] = _part
    return made


def _part(name: str) -> str:
    """Return a style sheet or script as it may stand inside a page: without addresses of pictures or maps of its source."""
    text = (files("sxcanalysis.outputs") / "templates" / name).read_text("utf-8")
    if name.endswith(".css"):
        return re.sub(r"url\([^)]*\)", "none", text)
    return re.sub(r"\n?//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")


def _font_face(text: str) -> str:
    font = text_font()
    if not font.origin.startswith("zhplot"):
        return ""  # a system font may not be handed on
    chars = {char for char in text if char.isprintable()} | {chr(code) for code in range(32, 127)}
    data = base64.b64encode(font_subset(font.path, chars)).decode("ascii")
    return f"@font-face{{font-family:'Page Sans';src:url(data:font/woff;base64,{data}) format('woff')}}"
