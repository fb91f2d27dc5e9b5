"""What others publish, fetched and read: RSS, Atom, JSON Feed, and the Swedish authorities' own."""
