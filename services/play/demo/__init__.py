"""Six cases played over a federation and told as stories."""
