"""Justice: the juvenile prosecutor's two hats, the judge, the judicial youth service."""
