r"""Names in the labels of DOT: what a backslash hides, what separates them.

In a label a backslash before any character but ``n l r N`` stands for that character, so ``a\,b`` is drawn as
``a,b`` and is one name. Source: https://graphviz.org/docs/attr-types/escString/
"""

from __future__ import annotations

import re

EPSILON = {"", "ε", "λ", "epsilon", "eps", "<eps>", "&epsilon;", "&lambda;"}
"""What others write on an edge that reads no symbol."""


def pieces(label: str, separator: str) -> list[str]:
    r"""Return the pieces of a label between separators that no backslash hides.

    Examples
    --------
    >>> pieces(r"a\,b, c", ",")
    ['a\\,b', ' c']
    """
    found = [""]
    for part in re.findall(r"\\[\s\S]?|[^\\]", label):
        if part == separator:
            found.append("")
        else:
            found[-1] += part
    return found


def plain(piece: str, node: str = "") -> str:
    r"""Return the name that a piece of a label says.

    Parameters
    ----------
    piece : str
        Blanks at its ends are dropped where no backslash hides them.
    node : str
        What ``\N`` stands for.

    Examples
    --------
    >>> plain(r" a\,b "), plain(r"\N", "s0")
    ('a,b', 's0')
    """
    text = piece.strip()
    if (len(text) - len(text.rstrip("\\"))) % 2:  # it hides the first blank that was stripped
        text += piece[piece.rindex(text) + len(text) :][:1]

    def shown(match: re.Match[str]) -> str:
        return {"n": "\n", "l": "\n", "r": "\n", "N": node}.get(match[1], match[1])

    return re.sub(r"\\([\s\S]?)", shown, text)


def hidden(name: str, separators: str) -> str:
    r"""Return a name as a piece of a label, with a backslash before what would be taken for something else.

    Examples
    --------
    >>> hidden("a,b", ",/"), hidden(" ", ",")
    ('a\\,b', '\\ ')
    """
    text = "".join("\\" + c if c in separators + "\\" else c for c in name).replace("\n", "\\n")
    if text[:1].isspace():
        text = "\\" + text
    if len(name) > 1 and name[-1].isspace() and name[-1] not in separators + "\n":
        text = text[:-1] + "\\" + text[-1]
    return text


def symbol_label(name: str) -> str:
    r"""Return the name of a symbol, not empty, as a piece of an edge's label.

    Examples
    --------
    >>> symbol_label("a"), symbol_label("eps")
    ('a', '\\eps')
    """
    text = hidden(name, ",/")
    return "\\" + text if name in EPSILON else text


def quoted(text: str) -> str:
    r"""Return a text as a quoted string of DOT.

    Examples
    --------
    >>> print(quoted('say "a"'))
    "say \"a\""
    """
    return '"' + text.replace('"', '\\"') + '"'
