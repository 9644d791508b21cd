"""The auditor: replays the log without any decryption key and says what it found."""
