"""What programs of partners import; the services themselves are in `contracts` and `services`."""
