"""Commands for trying Relais on one machine."""
