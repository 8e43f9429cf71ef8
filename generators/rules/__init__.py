"""Tasks whose words and labels follow from a rule, each with the distribution that its builder states.

Importing this registers them, in this order.
"""

from __future__ import annotations

from . import expressions  # isort: skip
from . import brackets  # isort: skip
from . import addition  # isort: skip
from . import multiplication  # isort: skip
from . import square_root  # isort: skip
from . import copying  # isort: skip
from . import missing_duplicate  # isort: skip
from . import marked  # isort: skip
from . import sorting  # isort: skip
from . import majority  # isort: skip
from . import stack  # isort: skip
from . import dyck  # isort: skip
from . import shuffle_dyck  # isort: skip
from . import recall  # isort: skip
from . import flipflop_language  # isort: skip
from . import binding  # isort: skip
from . import history  # isort: skip

__all__ = [
    "addition",
    "binding",
    "brackets",
    "copying",
    "dyck",
    "expressions",
    "flipflop_language",
    "history",
    "majority",
    "marked",
    "missing_duplicate",
    "multiplication",
    "recall",
    "shuffle_dyck",
    "sorting",
    "square_root",
    "stack",
]
