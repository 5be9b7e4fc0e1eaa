"""Bytes to characters, losing none: which encoding, and whether it was the wrong one before."""

from __future__ import annotations

import codecs
import re

from sxcanalysis.documents.lines import refusal
from sxcanalysis.reference.words import say, spoken

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65536
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_USUAL = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u203b\t\n\r -~]")
_HIGH = re.compile(r"[\u0080-\u017f\u0192\u02c6\u02dc\u2013-\u2122]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# GB 2312 and GBK are parts of GB 18030.
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030"}
_MISREADINGS = (
    ("cp1252", "Western (cp1252)", "utf-8"),
    ("latin-1", "Latin-1", "utf-8"),
    ("gb18030", "GBK", "utf-8"),
    ("cp1252", "Western (cp1252)", "gb18030"),
    ("latin-1", "Latin-1", "gb18030"),
)


def decode(data: bytes, name: str, *, declared: str | None = None) -> tuple[str, str, list[str]]:
    """Decode a document's bytes; *declared* is the encoding that a web page says it has.

    Returns the text without byte order mark, the encoding, and what a person should know about it.

    Raises
    ------
    DocumentError
        If no encoding fits every byte; the message names the first offset that does not.
    """
    mark, wide = next(((bom, e) for bom, e in _BOMS if data.startswith(bom)), (b"", _utf16(data)))
    if wide:
        try:
            text = data[len(mark) :].decode(wide)
        except UnicodeDecodeError as error:
            raise refusal(name, "broken_wide", at=error.start + len(mark), encoding=wide) from None
        return text, wide, [] if mark else [say("read.no_mark", spoken(), encoding=wide)]
    said = _codec(declared)
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _mostly_utf8(data):
            raise refusal(name, "broken_utf8", at=error.start, byte=data[error.start]) from None
        text, encoding = _chinese(data, name, said)
    if said not in {None, "ascii", encoding} and not text.isascii():
        return text, encoding, [say("read.declared", spoken(), said=declared, found=encoding)]
    return text, encoding, []


def _chinese(data: bytes, name: str, said: str | None) -> tuple[str, str]:
    """Decode as the page declares, GB 18030 or Big5, whichever reads as Chinese."""
    encodings = [e for e in dict.fromkeys((said, "gb18030", "cp950")) if e and e != "utf-8"]
    tried = ", ".join(["utf-8", *encodings])
    found: list[tuple[float, str, str]] = []
    first = 0
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            first = max(first, error.start)
        except (LookupError, UnicodeError):
            continue
        else:
            found.append((_plausible(text, encoding), encoding, text))
    if not found:
        raise refusal(name, "no_encoding", at=first, byte=data[first], tried=tried)
    # The first stays unless another one reads clearly better.
    best = found[0]
    for other in found[1:]:
        best = other if other[0] > best[0] + 0.2 else best
    sample = data[:_SAMPLE]
    if best[0] < 0.4 and sum(b > 0x7F for b in sample) > 0.3 * len(sample):
        raise refusal(name, "no_sense", encoding=best[1], tried=tried)
    return best[2], best[1]


def _codec(declared: str | None) -> str | None:
    """Return the codec for a declared name."""
    try:
        codec = codecs.lookup((declared or "").strip()).name
    except (LookupError, ValueError):
        return None
    return "cp950" if codec.startswith("big5") else _SAME.get(codec, codec)


def _utf16(data: bytes) -> str | None:
    """Recognise UTF-16 without a byte order mark by what its code units would be."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or len(data) % 2 or b"\0" not in sample:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        if len(_USUAL.findall(text)) >= 0.9 * len(text):
            return encoding
    return None


def _mostly_utf8(data: bytes) -> bool:
    """Tell a damaged UTF-8 file from a file in another encoding."""
    text = data[: 16 * _SAMPLE].decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(_HAN.findall(text))
    return good > 10 * bad or (good >= bad > 0 and good > 20 and bad < 0.02 * len(text))


def _plausible(text: str, encoding: str) -> float:
    """Share of Chinese characters that are among the encoding's common ones (its first plane)."""
    sample = text[:_SAMPLE]
    han = "".join(_HAN.findall(sample))
    odd = len(sample) - len(_USUAL.findall(sample))
    if not han:
        return 1.0 - odd / max(len(sample), 1)
    low, high, codec = (0xA4, 0xC6, "cp950") if encoding == "cp950" else (0xB0, 0xD7, "gb2312")
    # Each character is two bytes of which the first tells; the others are left out.
    common = sum(low <= lead <= high for lead in han.encode(codec, "ignore")[::2])
    return common / (len(han) + odd)


def undo_mojibake(text: str, name: str) -> tuple[str, str | None]:
    """Repair a text that was once decoded with the wrong encoding, if nothing was lost by it.

    Returns the text and, if it was repaired, a note.

    Raises
    ------
    DocumentError
        If the text is garbled and characters have been lost.
    """
    sample = text[:_SAMPLE]
    if sample.isascii():
        return text, None
    meant: list[str] = []
    for codec, label, target in _MISREADINGS:
        if guess := _garbled(sample, codec, target):
            try:
                mended = text.encode(codec).decode(target)
            except (UnicodeEncodeError, UnicodeDecodeError):
                meant.append(guess)
            else:
                return mended, say("read.mojibake", spoken(), target=target, codec=label)
    if meant:
        at = next((i for i, c in enumerate(text) if ord(c) > 0x7F), 0)
        raise refusal(name, "mojibake", at=at, words=text[at : at + 12], meant=meant[0][:12])
    return text, None


def _garbled(sample: str, codec: str, target: str) -> str:
    """Return what a text would be if it is ``target`` that was read with ``codec``, else nothing."""
    han = len(_HAN.findall(sample))
    if codec == "gb18030":
        if han < 6:
            return ""
    elif len(_HIGH.findall(sample)) < 0.3 * len(sample) or han > 0.05 * len(sample):
        return ""
    back = sample.encode(codec, "replace").decode(target, "replace")
    han = len(_HAN.findall(back))
    bad = back.count("\ufffd") + back.count("?")
    # Two thirds of the characters vanish when UTF-8 is put right, and what is left is Chinese.
    if han < 5 or han <= 2 * bad or len(back) >= 0.85 * len(sample) or _plausible(back, "gb18030") <= 0.6:
        return ""
    first = _HAN.search(back)
    return back[first.start() :] if first else back


def is_binary(text: str) -> bool:
    """Tell whether a decoded text is not text at all."""
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) > 0.02 * len(sample) + 2
