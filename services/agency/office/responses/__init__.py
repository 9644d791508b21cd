"""What the HTTP of an agency answers: one set of models makes the answers and `/openapi.json`."""
