"""Benchmarks: a generated company, read and ingested, beside raw SQL and the peers."""
