"""The results of a reading: overlay, page, label map, JSON and the table of readings."""
