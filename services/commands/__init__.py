"""The commands of `relais`, one module a command or group; each has `register(app)`."""
