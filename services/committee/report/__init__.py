"""Where services meet, and where they are held back: published figures, and the page of them."""
