"""State on disk: a file that one process owns, and what it holds without LMDB."""
