"""The whole federation on one machine: made ready, started, played through, shown."""
