"""What every process has: settings, clock, logs, metrics, progress, its end."""
