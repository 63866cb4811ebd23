"""One typed, bi-temporal memory of every customer, across every channel, for any agent."""
