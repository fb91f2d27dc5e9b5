"""A backup: one file with the database and the keys, and the way back from it."""
