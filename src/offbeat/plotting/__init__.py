"""Plotting takes curves, scores and histories; gives figures and the HTML report."""
