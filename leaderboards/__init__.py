"""Claims, the board that holds them, and its page."""
