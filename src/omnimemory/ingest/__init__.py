"""Ingest: records → drafts → resolved facts → one commit."""
