"""The card of a risk model, and its predictions as files."""
