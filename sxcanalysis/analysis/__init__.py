"""Burden under counting rules, exposure, outcomes, duties, what tasks state, what changed between editions, and all that in sentences."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
