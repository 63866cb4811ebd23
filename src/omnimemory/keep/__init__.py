"""Keeping: erasure, export and import, retention."""
