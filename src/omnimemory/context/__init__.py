"""Context packs: gather → rank → fit → render."""
