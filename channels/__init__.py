"""Where messages go. Knows nothing of the console."""
