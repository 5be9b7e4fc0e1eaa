"""Figures as bundles: drawn for an edition and a language, checked, and written with their evidence."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
