"""Partners' self-tests, as their own services tell them."""
