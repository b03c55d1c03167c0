"""Networks takes features of one example; gives their reconstruction."""
