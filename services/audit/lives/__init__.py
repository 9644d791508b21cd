"""What an auditor keeps of each event and of each duty, to answer by id without reading the log."""
