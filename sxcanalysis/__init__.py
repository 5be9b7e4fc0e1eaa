"""Turn a Chinese government task list into checked tables, maps and figures.

The public names stand in ``__init__.pyi``, with their types, and each is loaded when it is first used: importing the
package costs little.
"""

import lazy_loader

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
