"""`relais audit page`: one HTML file that checks a proof in a browser, without network."""
