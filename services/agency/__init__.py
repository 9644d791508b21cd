"""One application for every agency's service: records, the pure office, its loops, HTTP."""
