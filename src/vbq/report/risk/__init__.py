"""The card of a risk model, and what ``vbq risk`` prints and writes."""
