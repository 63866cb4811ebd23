"""Values: facts with both times, ids, relations, and the records that become facts."""
