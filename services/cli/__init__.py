"""The `relais` command, foldered by reader; each command module has `register(app)`."""
