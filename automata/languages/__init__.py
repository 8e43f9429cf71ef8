"""Regular languages: expressions to machines, operations on languages, counting words, random machines."""
