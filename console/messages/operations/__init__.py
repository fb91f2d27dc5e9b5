"""The verbs. Each takes a session, who does it and when; none commits."""
