"""Explanation takes errors per feature; gives contributions per column, expected values and sentences."""
