"""What a log says by month, for the readers of statistics: counted, protected, written (rules R44, R45)."""
