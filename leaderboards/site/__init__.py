"""The pages of a board: a static site that opens from disk, asks for nothing and tracks nobody."""
