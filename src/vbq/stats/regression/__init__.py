"""Regression of a binary outcome: design matrix, likelihood, Firth's penalty, inference."""
