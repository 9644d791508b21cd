"""What an auditor keeps of each event and of each duty, to answer by id and by desk without reading the log."""
