"""Peers' conventions: one file a peer, each a table of facts; `registry` finds a task in them."""
