"""Model cards: Markdown by anyone, shown as text and never run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

KEY = re.compile(r"[A-Za-z_][\w.-]*:|\{\}")
"""How metadata in YAML begins."""


@cache
def _parser() -> MarkdownIt:
    # Without HTML, what looks like a tag is text; without images, a card cannot fetch anything.
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "html_block", "html_inline"])
    )


def render_card(text: str) -> Markup:
    """Return a card as HTML: markup in it is shown as text, images as links, and links go nowhere but to the web.

    Examples
    --------
    >>> print(render_card("# A *card*<script>alert(1)</script>"))
    <h3>A <em>card</em>&lt;script&gt;alert(1)&lt;/script&gt;</h3>
    <BLANKLINE>
    >>> print(render_card("[here](javascript:alert(1))"))
    <p>[here](javascript:alert(1))</p>
    <BLANKLINE>
    >>> print(render_card("---\\nlicense: mit\\n---\\nA card"))
    <p>A card</p>
    <BLANKLINE>
    """
    tokens = _parser().parse(_body(text))
    _tame(tokens)
    return Markup(_parser().renderer.render(tokens, _parser().options, {}))


def _body(text: str) -> str:
    """Return a card without its metadata: keys between two lines of dashes, which are rules of Markdown otherwise."""
    first, *lines = text.replace("\r\n", "\n").split("\n")
    dashes = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if first.rstrip() != "---" or not dashes:
        return text
    told = [line for line in lines[: dashes[0]] if line.strip() and not line.startswith("#")]
    return "\n".join(lines[dashes[0] + 1 :]) if told and KEY.match(told[0]) else text


def _tame(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # Below the headings of the page itself.
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if token.type == "link_open":
            if not str(token.attrs.get("href", "")).startswith(("https://", "http://", "mailto:")):
                token.attrs = {}
            else:
                token.attrs["rel"] = "nofollow noopener noreferrer"
        _tame(token.children or [])
