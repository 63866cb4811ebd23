"""Reads: a view → customers, timelines, tickets and their history, as values worth looking at."""
