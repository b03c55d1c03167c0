"""The command line takes command-line words; calls one function; prints."""
