"""What is new on a board, as RSS and as a JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from ...names import visible
from ..labels import label_of
from ..listing import Listed

NEWEST = 50
TITLE = "Krohn board"


def newest(entries: Sequence[Listed]) -> list[Listed]:
    """Return the entries of a feed, newest first."""
    return sorted(entries, key=lambda entry: (entry.time, entry.id), reverse=True)[:NEWEST]


def _says(entry: Listed) -> str:
    return visible(f"{label_of(entry)} on {entry.suite} ({', '.join(entry.tasks)}): {entry.tier}")


def rss(entries: Sequence[Listed]) -> bytes:
    """Return an RSS 2.0 feed; its links are relative to it, for a site from disk has no address."""
    items = []
    for entry in newest(entries):
        when = datetime.strptime(entry.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        items.append(
            f"<item><title>{escape(_says(entry))}</title><link>models/{entry.id}.html</link>"
            f'<guid isPermaLink="false">{entry.id}-{entry.tier}</guid><pubDate>{format_datetime(when)}</pubDate></item>'
        )
    about = "Submissions and what the board found"
    head = f"<title>{TITLE}</title><link>../index.html</link><description>{about}</description>"
    channel = f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{channel}\n'.encode()


def json_feed(entries: Sequence[Listed]) -> bytes:
    """Return a JSON Feed 1.1."""
    items: list[dict[str, Any]] = [
        {
            "id": f"{entry.id}-{entry.tier}",
            "url": f"models/{entry.id}.html",
            "title": _says(entry),
            "content_text": _says(entry),
            "date_published": entry.time,
            "tags": [entry.suite, entry.track, entry.tier],
        }
        for entry in newest(entries)
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": "../index.html",
        "items": items,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
