"""Statements without an LLM: what a thread leaves open, promises, and has tried already."""
