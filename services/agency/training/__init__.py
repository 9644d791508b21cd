"""Training: guided cases on the desks' own pages, where nothing is real."""
