"""Identity: normal forms, and who is who."""
