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
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030"}
_MISREADINGS = (
    ("cp1252", "Western (cp1252)", "utf-8"),
    ("latin-1", "Latin-1", "utf-8"),
    ("gb18030", "GBK", "utf-8"),
    ("cp1252", "Western (cp1252)", "gb18030"),
    ("latin-1", "Latin-1", "gb18030"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes, name: str, *, declared: str | None = None) -> tuple[str, str, list[str]]:
    """Decode a document's bytes.

    Parameters
    ----------
    data
        The whole content.
    name
        The file's name, for messages.
    declared
        The encoding that the document says it has (HTML); a wrong declaration is noted.

    Returns
    -------
    text, encoding, notes
        Text without byte order mark; the encoding; what a person should know about it.

    Raises
    ------
    DocumentError
        If no encoding fits every byte; the message names the first offset that does not.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data, name, encoding, skip=len(bom)), encoding, []
    wide = _utf16(data)
    if wide:
        return _strict(data, name, wide), wide, [say("read.no_mark", spoken(), encoding=wide)]
    said = _codec(declared)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _mostly_utf8(data):
            raise refusal(name, "broken_utf8", at=error.start, byte=data[error.start]) from None
        text, encoding = _chinese(data, name, said)
    else:
        encoding = "utf-8"
    if said not in {None, "ascii", encoding} and not text.isascii():
        return text, encoding, [say("read.declared", spoken(), said=declared, found=encoding)]
    return text, encoding, []


def _chinese(data: bytes, name: str, said: str | None) -> tuple[str, str]:
    """Decode as the page declares, GB 18030 or Big5, whichever reads as Chinese."""
    tried = ["utf-8"]
    found: list[tuple[float, str, str]] = []
    first = 0
    for encoding in dict.fromkeys(e for e in (said, "gb18030", "cp950") if e and e != "utf-8"):
        tried.append(encoding)
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            first = max(first, error.start)
        except (LookupError, UnicodeError):
            continue
        else:
            found.append((_plausible(text, encoding), encoding, text))
    if not found:
        raise refusal(name, "no_encoding", at=first, byte=data[first], tried=", ".join(tried))
    # The first stays unless another one reads clearly better.
    best = found[0]
    for other in found[1:]:
        if other[0] > best[0] + 0.2:
            best = other
    sample = data[:_SAMPLE]
    if best[0] < 0.4 and sum(b > 0x7F for b in sample) > 0.3 * len(sample):
        raise refusal(name, "no_sense", encoding=best[1], tried=", ".join(tried))
    return best[2], best[1]


def _codec(declared: str | None) -> str | None:
    """Return the codec for a declared name; GB 2312 and GBK are parts of GB 18030."""
    if not declared:
        return None
    try:
        codec = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    codec = _SAME.get(codec, codec)
    return "cp950" if codec.startswith("big5") else codec


def _strict(data: bytes, name: str, encoding: str, *, skip: int = 0) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal(name, "broken_wide", at=error.start + skip, encoding=encoding) from None


def _utf16(data: bytes) -> str | None:
    """Recognise UTF-16 without a byte order mark by what its code units would be."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or len(data) % 2 or b"\0" not in sample:
        return None
    sample = sample[: len(sample) // 2 * 2]
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
    han = _HAN.findall(sample)
    odd = sum(not _USUAL.match(c) for c in sample)
    if not han:
        return 1.0 - odd / max(len(sample), 1)
    low, high = (0xA4, 0xC6) if encoding == "cp950" else (0xB0, 0xD7)
    common = 0
    for c in han:
        try:
            lead = c.encode("cp950" if encoding == "cp950" else "gb2312")[0]
        except UnicodeEncodeError:
            continue
        common += low <= lead <= high
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
    for codec, label, target in _MISREADINGS:
        if _garbled(sample, codec, target) is None:
            continue
        try:
            mended = text.encode(codec).decode(target)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        return mended, say("read.mojibake", spoken(), target=target, codec=label)
    guess = next((g for c, _, t in _MISREADINGS if (g := _garbled(sample, c, t))), None)
    if guess:
        at = next((i for i, c in enumerate(text) if ord(c) > 0x7F), 0)
        raise refusal(name, "mojibake", at=at, words=text[at : at + 12], meant=guess[:12])
    return text, None


def _garbled(sample: str, codec: str, target: str) -> str | None:
    """Return what a text would be if it is ``target`` that was read with ``codec``, else None."""
    if codec == "gb18030":
        if len(_HAN.findall(sample)) < 6:
            return None
    elif len(_HIGH.findall(sample)) < 0.3 * len(sample) or len(_HAN.findall(sample)) > 0.05 * len(sample):
        return None
    back = sample.encode(codec, "replace").decode(target, "replace")
    han = len(_HAN.findall(back))
    bad = back.count("\ufffd") + back.count("?")
    # Two thirds of the characters vanish when UTF-8 is put right, and what is left is Chinese.
    if han >= 5 and han > 2 * bad and _plausible(back, "gb18030") > 0.6 and len(back) < 0.85 * len(sample):
        return _first_han(back)
    return None


def _first_han(text: str) -> str:
    m = _HAN.search(text)
    return text[m.start() :] if m else text


def is_binary(text: str) -> bool:
    """Tell whether a decoded text is not text at all."""
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) > 0.02 * len(sample) + 2
