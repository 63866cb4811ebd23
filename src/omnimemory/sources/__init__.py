"""Sources: a path or decoded objects in a system's own format → records, one file each."""
