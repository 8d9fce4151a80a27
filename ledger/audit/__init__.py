"""The audit: everything in PostgreSQL checked against the log, and the log against itself."""
