"""Who is who, for people: why, how, questions, merges and how to take them back."""
