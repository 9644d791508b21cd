"""A partner of Relais in Python, of FastStream and joserfc: none of Relais' code.

    python partner.py verify FILE… --directory F [--open FOLDER]       a verdict on each record of each file, or of `-`
    python partner.py vectors FILE…                                    an answer to each step of files of vectors
    python partner.py run [-] --directory F [--open FOLDER]            follow the inbox, acknowledge; send what `-` has

What lies in F, and the form of FILE and DRAFT, says examples/README.md.
"""

import argparse
import asyncio
import base64
import json
import os
import ssl
import sys
import tempfile
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import TopicPartition as Assigned
from faststream.security import BaseSecurity

from directory import Control
from issuer import CONTENT, Issuer
from recipient import Desk
from wire import Refused, parse, unb64u

# What newer orders may mend: control is read once more before it is refused
NEWER = ("unknown_key", "key_not_valid")


class Partner(Issuer):
    """A desk on Kafka."""

    def __init__(self, folder, opened=None):
        super().__init__(folder, Control(folder), opened)
        self.folder = folder
        self.inbox = f"relais.{self.realm}.inbox.{self.settings['agency']}"
        self.tls = ssl.create_default_context(cafile=folder / "ca.pem")
        self.tls.load_cert_chain(folder / "client.pem", folder / "client.key")
        self.client = {"bootstrap_servers": self.settings["kafka"], "security_protocol": "SSL", "ssl_context": self.tls}

    async def start(self):
        """Fence whoever wrote before; read control and the own outbox to their ends."""
        self.producer = AIOKafkaProducer(
            transactional_id=f"relais.intake.{self.settings['agency']}.a",
            acks="all",
            max_request_size=5 << 18,
            **self.client,
        )
        await self.producer.start()
        await self.read_control()
        async for record in self.to_end(self.outbox, range(self.control.partitions)):
            if record.value:
                self.wrote(record.partition, parse(record.value, 1 << 20)["data"]["cover"])

    async def read_control(self):
        """Read the owners' orders from the beginning."""
        self.control = Control(self.folder)
        async for record in self.to_end(f"relais.{self.realm}.control", [0]):
            self.control.read(record.value)
        self.directory = self.control.in_force(self.control.directories, self.now())

    def now(self):
        """Seconds since 1970; a play federation's clock may be ahead."""
        return int(time.time()) + self.settings.get("ahead", 0)

    async def to_end(self, topic, partitions):
        """Every record that is there now (kafka §3)."""
        consumer = AIOKafkaConsumer(
            auto_offset_reset="earliest", isolation_level="read_committed", enable_auto_commit=False, **self.client
        )
        await consumer.start()
        try:
            places = [TopicPartition(topic, number) for number in partitions]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        yield record
        finally:
            await consumer.stop()

    async def publish(self, draft):
        """Seal, sign and write an event."""
        at = self.now()
        convd = self.control.in_force(self.control.conventions, at)
        jti, token, record = self.event(draft, at, convd, self.control.partitions)
        where = {"partition": record["partition"], "headers": [(CONTENT[0], CONTENT[1].encode())]}
        async with self.producer.transaction():
            await (await self.producer.send(self.outbox, record["value"].encode(), record["key"].encode(), **where))
        self.wrote(record["partition"], token)
        print(json.dumps({"published": jti, "type": draft["etype"]}), flush=True)

    async def arrived(self, record):
        """Take a record of the inbox, tell what came of it, and acknowledge what is to be acknowledged."""
        if record.value == b"":  # erased by its owners' order (log §11.4)
            return
        said, owed = self.take(record.partition, record.headers, record.value)
        if said.get("reason") in NEWER:
            await self.read_control()
            said, owed = self.take(record.partition, record.headers, record.value)
        if said.get("reason") == "wrong_audience":  # another desk of the agency
            return
        print(json.dumps(said), flush=True)
        if owed and (owed[0]["iss"], owed[0]["jti"], owed[2]) not in self.answered:
            event, case, stage = owed
            to = {"desk": event["iss"], "purpose": "acknowledge", "re": [event]}
            await self.publish({"etype": "ACK", "stage": stage, "case": case, "to": [to]})

    async def run(self, drafts):
        """Follow the inbox from its beginning until asked to stop, or until the drafts end."""
        await self.start()
        broker = KafkaBroker(self.settings["kafka"].split(","), security=BaseSecurity(self.tls), logger=None)
        inbox = broker.subscriber(
            partitions=[Assigned(self.inbox, number, declare=False) for number in range(self.control.partitions)],
            auto_offset_reset="earliest", isolation_level="read_committed", ack_policy=AckPolicy.MANUAL,
            decoder=lambda message: message.body,
        )  # fmt: skip
        app, turn = FastStream(broker, logger=None), asyncio.Lock()  # one writer: one event after the other

        @inbox
        async def arrived(_body: bytes, message: KafkaMessage) -> None:
            async with turn:
                await self.arrived(message.raw_message)

        async def publish():
            while line := await asyncio.to_thread(drafts.readline):
                async with turn:
                    try:
                        await self.publish(json.loads(line))
                    except Refused as fault:
                        print(json.dumps({"refused": fault.args[0]}), flush=True)
            app.exit()

        publishing = asyncio.create_task(publish()) if drafts else None
        try:
            await app.run()
        finally:
            await self.producer.stop()
            if publishing:
                publishing.cancel()


def verify(folder, paths, opened):
    """A verdict on each record of each file, an inbox from its beginning; 0 if all are accepted."""
    control, good = Control(folder, json.loads((folder / "directory.json").read_bytes())), True
    for path in paths:
        desk = Desk(folder, control, opened)
        for line in sys.stdin if str(path) == "-" else path.read_text().splitlines():
            record = json.loads(line)
            data = base64.b64decode if record.get("base64") else str.encode
            plain = [(name, None if text is None else data(text)) for name, text in record["headers"]]
            value = None if record["value"] is None else data(record["value"])
            said, _owed = desk.take(record["partition"], plain, value)
            print(json.dumps(said), flush=True)
            good = good and said["accepted"]
    return 0 if good else 1


def vectors(paths):
    """Answer each step of files of vectors (conformance), at the time that the step says."""
    for path in paths:
        file = json.loads(path.read_bytes())
        for vector in file["vectors"]:
            given = file["given"] | vector.get("given", {})
            with tempfile.TemporaryDirectory() as folder:
                desk = furnished(Path(folder), given)
            for step in vector["steps"]:
                print(json.dumps({"vector": vector["name"]} | answer(desk, step, given)), flush=True)


def furnished(folder, given):
    """The desk of a vector, or why there is none."""
    (folder / "keys").mkdir()
    for name in ("settings", "owners"):
        (folder / f"{name}.json").write_text(json.dumps(given[name]))
    for key in given["keys"]:
        (folder / "keys" / f"{key['kid']}.json").write_text(json.dumps(key))
    (folder / "routing.secret").write_bytes(unb64u(given.get("routing_secret", "")))
    try:
        return Issuer(folder, Control(folder, given))
    except Refused as fault:
        return fault


def answer(desk, step, given):
    """What a desk says of a step."""
    try:
        if isinstance(desk, Refused):
            raise desk
        if record := step.get("record"):
            headers = [(name, text if text is None else text.encode()) for name, text in record["headers"]]
            return desk.take(record["partition"], headers, record["value"].encode())[0]
        _, token, record = desk.event(step["draft"], step["at"], given["convd"], desk.settings["partitions"])
    except Refused as fault:
        return {"accepted": False, "reason": fault.args[0]}
    desk.wrote(record["partition"], token)
    return {"accepted": True, "record": record}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=("verify", "vectors", "run"))
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--open", type=Path)
    asked = parser.parse_args()
    os.umask(0o077)  # what was opened is for its owner alone
    if asked.command == "vectors":
        sys.exit(vectors(asked.files))
    if asked.command == "verify":
        sys.exit(verify(asked.directory, asked.files, asked.open))
    asyncio.run(Partner(asked.directory, asked.open).run(sys.stdin if asked.files else None))
