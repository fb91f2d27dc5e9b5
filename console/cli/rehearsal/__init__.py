"""A rehearsal: a written scenario played as an exercise through the real stack, then judged."""
