"""The built-in engine: a network labels tissue, and rules derive vertebrae from it."""
