"""From an automaton or a rule to words, labels, streams and datasets."""
