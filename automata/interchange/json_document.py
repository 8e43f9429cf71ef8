"""JSON documents: read with the line of a fault, and written with a row of a table on a line."""

from __future__ import annotations

import json
from typing import Any

from .source import Source


def read_document(source: Source) -> Any:
    """Return the JSON document in a file.

    Raises
    ------
    DamagedFileError
        Where it is none, with the line.
    """
    try:
        return json.loads(source.text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise source.damaged(error.lineno, f"not a JSON document: {error.msg}") from None
    except RecursionError:
        raise source.damaged(None, "not a JSON document of ours: lists within lists without end") from None
    except _TwiceError as error:
        raise source.damaged(
            None, f"key {str(error)!r} twice in one object: expected keys of their own"
        ) from None
    except ValueError:  # an integer of thousands of digits
        raise source.damaged(None, "not a JSON document of ours: a number of thousands of digits") from None


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


def document_text(document: dict[str, Any]) -> str:
    """Return a JSON document as text; lists and objects within others have a line each.

    Examples
    --------
    >>> print(document_text({"start": 0, "delta": [[0, 1], [1, 0]]}), end="")
    {
     "start": 0,
     "delta": [
      [0, 1],
      [1, 0]
     ]
    }
    """
    entries = []
    for key, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value and isinstance(value[0], list | dict):
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            text = f"[\n  {rows}\n ]"
        elif isinstance(value, dict) and any(isinstance(row, list) and row for row in value.values()):
            pairs = (f"{json.dumps(k)}: {json.dumps(row, ensure_ascii=False)}" for k, row in value.items())
            text = "{\n  " + ",\n  ".join(pairs) + "\n }"
        entries.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(entries) + "\n}\n"
