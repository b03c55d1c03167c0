"""Persistence takes a manifest and arrays; gives one audited file, and back."""
