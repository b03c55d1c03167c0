"""Data takes a path, URL, data frame or array; gives a `Table` of named columns."""
