"""Exceptions, all told to a person: what is wrong, where, what was expected, what to do."""

from __future__ import annotations


class SxcError(Exception):
    """Base of every error that this package raises on purpose."""


class DocumentError(SxcError, ValueError):
    """A document cannot be read: wrong format, no text layer, encrypted, damaged, too large."""


class DataError(SxcError, ValueError):
    """A data file breaks its schema; the message names file, row and column."""


class MissingDataError(SxcError, FileNotFoundError):
    """A data file or an edition that was asked for is not there."""


class MissingEditionError(MissingDataError):
    """There is no such edition; the message names those there are."""


class FigureError(SxcError, ValueError):
    """A figure cannot be made, or what was made may not be published; the message says why."""


class CorrectionError(SxcError, ValueError):
    """A reviewed correction is not understood, or does not find its row; the message names the entry."""
