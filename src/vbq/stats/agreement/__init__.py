"""Agreement of methods, readers and repeats."""
