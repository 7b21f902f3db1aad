"""The built-in engine: a network that labels tissue, and the rules that turn it into vertebrae."""
