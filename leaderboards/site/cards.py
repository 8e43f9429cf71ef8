"""Model cards: Markdown by anyone, shown as text and never run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

LONGEST_CARD = 200_000
"""Letters that are shown of a card."""


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
    """
    shown = text[:LONGEST_CARD]
    body = shown.partition("\n---\n")[2] if shown.startswith("---\n") else shown
    tokens = _parser().parse(body)
    _tame(tokens)
    return Markup(_parser().renderer.render(tokens, _parser().options, {}))


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
