"""One machine for trying Relais: home, processes, Kafka, certificates, the demo.

Nothing that a production command needs lives here.
"""
