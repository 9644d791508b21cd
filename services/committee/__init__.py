"""What people read of a convention, pure: lint, diff, explain, matrix, cases, simulation, texts.

No running service imports it; the command line and the console do.
"""
