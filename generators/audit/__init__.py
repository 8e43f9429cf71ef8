"""Does the data say what it should: what can be known of labels without the rule, and what is wrong with them."""
