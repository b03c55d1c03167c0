"""Training takes a network and features; gives the trained network and its `History`."""
