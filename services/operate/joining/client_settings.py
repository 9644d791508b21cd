"""Settings of the clients that partners have: Kafka's own of each, with the files of a partner's folder."""

from __future__ import annotations

from contracts.vocabulary import topics


def client_settings(kafka: str, realm: str, agency: str) -> dict[str, str]:
    """Client -> the text of its settings; `kcat` a command."""
    transactional = topics.agency_transactions(agency)[0]
    inbox = topics.inbox(realm, agency)
    return {
        "python": (
            f"bootstrap_servers={kafka!r}\nsecurity_protocol='SSL'  # ssl.create_default_context(cafile='ca.pem'), then\n"
            "# load_cert_chain('client.pem', 'client.key')\nisolation_level='read_committed'\n"
            f"auto_offset_reset='earliest'\ntransactional_id={transactional!r}\nacks='all'\n"
        ),
        "node": (
            f"bootstrapBrokers: {kafka.split(',')!r}\ntls: ca.pem, client.pem, client.key\nisolationLevel: 1\n"
            "groupId: none is joined; fetch from assigned partitions\nidempotent: true\nacks: -1\n"
        ),
        "java": (
            f"bootstrap.servers={kafka}\nsecurity.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n"
            "ssl.keystore.type=PEM\n# ssl.keystore.key, ssl.keystore.certificate.chain: client.key, client.pem as texts\n"
            f"isolation.level=read_committed\nauto.offset.reset=earliest\ntransactional.id={transactional}\nacks=all\n"
        ),
        "kcat": (
            f"kcat -b {kafka} -X security.protocol=ssl -X ssl.ca.location=ca.pem -X ssl.certificate.location=client.pem "
            f"-X ssl.key.location=client.key -X isolation.level=read_committed -C -t {inbox} -p 0 -o beginning -e"
        ),
    }
