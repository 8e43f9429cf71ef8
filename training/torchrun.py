"""Whether this process is one of several that torchrun started; answered without torch."""

from __future__ import annotations

import os


def rank_and_world() -> tuple[int, int]:
    """Return the number of this process and how many there are: 0 and 1 where nobody started several.

    Examples
    --------
    >>> rank_and_world()
    (0, 1)
    """
    given = [os.environ.get(name) for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR")]
    if None in given or not (str(given[0]).isdigit() and str(given[1]).isdigit()):
        return 0, 1
    return int(str(given[0])), int(str(given[1]))
