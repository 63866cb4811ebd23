"""Out: rows and graphs as what other tools read; each library is imported when it is asked for."""
