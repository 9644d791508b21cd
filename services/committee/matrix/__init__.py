"""Who may send what to whom: rows, and the page to open and print."""
