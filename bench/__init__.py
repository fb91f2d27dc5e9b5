"""What the console costs, held against the least that could do the same."""
