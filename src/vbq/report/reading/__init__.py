"""A reading for people: overlay, page, label map, JSON and the table of readings."""
