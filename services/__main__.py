"""`python -m services` is `relais`: how a supervisor starts services by its own interpreter."""

from services.cli.app import app

if __name__ == "__main__":
    app(prog_name="relais")
