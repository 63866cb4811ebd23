"""The graph in standard vocabularies: export, shapes that it satisfies, and SPARQL over it."""
