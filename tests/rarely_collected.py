"""`pytest -p tests.rarely_collected`: the garbage collector of a service, for tests that hold no sockets."""

from services.platform.process.progress import be_rare

be_rare()
