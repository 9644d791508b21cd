"""`pytest -p tests.rarely_collected`: a service's collector, for tests without sockets."""

from services.platform.process.progress import be_rare

be_rare()
