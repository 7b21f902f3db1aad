"""Agreement studies: a table of readings by reader, repeat, scanner or method."""
