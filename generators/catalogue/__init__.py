"""The tasks that Krohn ships, a few lines each; importing this registers them, in this order."""

from __future__ import annotations

from . import primes  # isort: skip
from . import moves  # isort: skip
from . import languages  # isort: skip
from . import arithmetic  # isort: skip
from . import bring_your_own  # isort: skip
from . import variants  # isort: skip

__all__ = ["arithmetic", "bring_your_own", "languages", "moves", "primes", "variants"]
