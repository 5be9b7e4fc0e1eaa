"""What the atlas, the report and the pages of notebooks share: a head that forbids requests, a font, the other language."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from sxcanalysis.figures.files import font_subset
from sxcanalysis.figures.fonts import text_font

if TYPE_CHECKING:
    from pathlib import Path

TONGUES = {"zh": "zh-CN", "en": "en"}
_OTHERS = {"zh": ("en", "English"), "en": ("zh", "中文")}
# A reader's own Chinese font comes first; the embedded one is for machines that have none.
_FAMILIES = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','Page Sans',sans-serif"
_FACE = "@font-face{font-family:'Page Sans';src:url(data:font/woff;base64,FONT) format('woff')}"


def page(title: str, lang: str, *, style: str, body: str, script: str = "") -> str:
    """
    Put a page together that may load nothing at all.

    Parameters
    ----------
    title
        Plain text.
    lang
        ``zh`` or ``en``.
    style, body, script
        CSS, HTML and JavaScript, as they are.
    """
    scripts = "script-src 'unsafe-inline'; " if script else ""
    policy = f"default-src 'none'; {scripts}style-src 'unsafe-inline'; img-src data:; font-src data:"
    run = f"<script>{script}</script>" if script else ""
    face = _font_face(title + body + script)
    return (
        f'<!doctype html>\n<html lang="{TONGUES[lang]}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{safe(title)}</title>\n'
        f"<style>{face}body{{font-family:{_FAMILIES}}}{style}</style></head>\n<body>{body}{run}</body></html>\n"
    )


def other_language(path: Path, lang: str) -> str:
    """Link the page beside this one in the other language, where the names follow that of ``atlas-2024-zh.html``."""
    other, word = _OTHERS[lang]
    if not path.stem.endswith(f"-{lang}"):
        return ""
    name = safe(f"{path.stem.removesuffix(lang)}{other}{path.suffix}")
    return f'<a class="language" href="{name}" hreflang="{TONGUES[other]}" lang="{TONGUES[other]}">{word}</a>'


def safe(text: object) -> str:
    """Escape what goes into a page."""
    return html.escape(str(text), quote=True)


def _font_face(text: str) -> str:
    font = text_font()
    if not font.origin.startswith("zhplot"):
        # A system font may not be handed on.
        return ""
    chars = {char for char in text if char.isprintable()} | {chr(code) for code in range(32, 127)}
    return _FACE.replace("FONT", base64.b64encode(font_subset(font.path, chars)).decode("ascii"))
