"""State on disk: a file that one process owns, and what verified files say."""
