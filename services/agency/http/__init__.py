"""An agency's HTTP interface, and its descriptions."""
