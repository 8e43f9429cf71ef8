"""What is new on a board, as RSS and as a JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from ..entries import Entry
from ..labels import label_of

NEWEST = 50
TITLE = "Krohn board"


def newest(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a feed, newest first."""
    return sorted(entries, key=lambda entry: (entry.time, entry.claim.id), reverse=True)[:NEWEST]


def _says(entry: Entry) -> str:
    claim = entry.claim
    return f"{label_of(claim)} on {claim.suite} ({', '.join(claim.tasks)}): {entry.tier}"


def rss(entries: Sequence[Entry]) -> bytes:
    """Return an RSS 2.0 feed; its links are relative to it, for a site from disk has no address."""
    items = []
    for entry in newest(entries):
        claim = entry.claim
        when = datetime.strptime(entry.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        items.append(
            f"<item><title>{escape(_says(entry))}</title><link>models/{claim.id}.html</link>"
            f'<guid isPermaLink="false">{claim.id}-{entry.tier}</guid><pubDate>{format_datetime(when)}</pubDate></item>'
        )
    about = "Submissions and what the board found"
    head = f"<title>{TITLE}</title><link>../index.html</link><description>{about}</description>"
    channel = f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{channel}\n'.encode()


def json_feed(entries: Sequence[Entry]) -> bytes:
    """Return a JSON Feed 1.1."""
    items: list[dict[str, Any]] = [
        {
            "id": f"{entry.claim.id}-{entry.tier}",
            "url": f"models/{entry.claim.id}.html",
            "title": _says(entry),
            "content_text": _says(entry),
            "date_published": entry.time,
            "tags": [entry.claim.suite, entry.claim.track, entry.tier],
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
