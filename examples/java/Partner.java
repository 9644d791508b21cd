import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A partner of Relais in plain Java 17, of kafka-clients, Jackson and JCA: none of Relais' code.
 *
 * <pre>
 *   Partner verify FILE… --directory F [--open FOLDER]    a verdict on each record of each file, or of `-`
 *   Partner vectors FILE…                                 an answer to each step of files of vectors
 *   Partner run [-] --directory F [--open FOLDER]         follow the inbox, acknowledge; publish what `-` brings
 * </pre>
 *
 * What lies in F, and the form of FILE and of a draft, says examples/README.md. One desk: the one writer of its covers
 * (envelope §6.6).
 */
final class Partner extends Issuer {
    private static final String END = "";
    /** What newer orders may mend: control is read once more before it is refused. */
    private static final Set<String> NEWER = Set.of("unknown_key", "key_not_valid");

    private final Path folder;
    private final String inbox;
    private final Map<String, Object> client = new HashMap<>();
    private KafkaProducer<byte[], byte[]> producer;

    Partner(Path folder, Path opened) throws IOException {
        super(folder, new Control(folder), opened);
        this.folder = folder;
        inbox = String.join(".", "relais", realm, "inbox", settings.get("agency").textValue());
        client.putAll(Map.of("bootstrap.servers", settings.get("kafka").textValue(), "security.protocol", "SSL",
            "ssl.truststore.type", "PEM", "ssl.truststore.certificates", Files.readString(folder.resolve("ca.pem")),
            "ssl.keystore.type", "PEM", "ssl.keystore.certificate.chain", Files.readString(folder.resolve("client.pem")),
            "ssl.keystore.key", Files.readString(folder.resolve("client.key"))));
    }

    private static void say(JsonNode what) {
        System.out.println(what);
        System.out.flush();
    }

    private long now() {
        return System.currentTimeMillis() / 1000 + settings.path("ahead").asLong();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> given = new HashMap<>(client);
        given.putAll(Map.of("isolation.level", "read_committed", "auto.offset.reset", "earliest", "enable.auto.commit", false,
            "allow.auto.create.topics", false));
        return new KafkaConsumer<>(given, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> places(String topic, int count) {
        return IntStream.range(0, count).mapToObj(at -> new TopicPartition(topic, at)).toList();
    }

    /** Hand over every record that is there now (kafka §3.1). */
    private void toEnd(String topic, int count, Consumer<ConsumerRecord<byte[], byte[]>> taken) {
        try (var reader = consumer()) {
            reader.assign(places(topic, count));
            reader.seekToBeginning(reader.assignment());
            Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
            while (ends.entrySet().stream().anyMatch(one -> reader.position(one.getKey()) < one.getValue())) {
                reader.poll(Duration.ofMillis(500)).forEach(taken);
            }
        }
    }

    /** Fence whoever wrote before; read control and the own outbox to their ends. */
    private void start() throws IOException {
        Map<String, Object> given = new HashMap<>(client);
        given.putAll(Map.of("acks", "all", "enable.idempotence", true, "max.request.size", 5 << 18,
            "transactional.id", "relais.intake." + settings.get("agency").textValue() + ".a"));
        producer = new KafkaProducer<>(given, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        readControl();
        toEnd(outbox, control.partitions, record -> {
            if (record.value() == null || record.value().length == 0) return;
            wrote(record.partition(), Wire.parse(record.value(), 1 << 20).at("/data/cover").textValue());
        });
    }

    private void readControl() throws IOException {
        control = new Control(folder);
        toEnd(String.join(".", "relais", realm, "control"), 1, record -> control.read(record.value()));
        directory = control.directory(now());
    }

    /** Seal, sign and write an event. */
    private void publish(JsonNode draft) throws GeneralSecurityException {
        Issued made = event(draft, now(), control.convention(now()), control.partitions);
        var content = new RecordHeader("content-type", Wire.ascii("application/cloudevents+json"));
        byte[] key = Wire.ascii(made.record().get("key").textValue()), value = Wire.ascii(made.record().get("value").textValue());
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(outbox, made.partition(), key, value, List.of(content)));
        producer.commitTransaction();
        wrote(made.partition(), made.cover());
        say(Wire.JSON.createObjectNode().put("published", made.jti()).put("type", draft.get("etype").textValue()));
    }

    private void drafted(JsonNode draft) throws GeneralSecurityException {
        try {
            publish(draft);
        } catch (Wire.Refused fault) {
            say(Wire.JSON.createObjectNode().put("refused", fault.getMessage()));
        }
    }

    private void arrived(ConsumerRecord<byte[], byte[]> record) throws IOException, GeneralSecurityException {
        if (record.value() != null && record.value().length == 0) return; // erased by its owners' order (log §11.4)
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(one -> headers.add(new Header(one.key(), one.value())));
        Verdict verdict = take(record.partition(), headers, record.value());
        if (NEWER.contains(verdict.said().path("reason").asText())) {
            readControl();
            verdict = take(record.partition(), headers, record.value());
        }
        if (verdict.said().path("reason").asText().equals("wrong_audience")) return; // another desk of the agency
        say(verdict.said());
        Owed owed = verdict.owed();
        if (owed == null || answered.contains(name(owed.event(), owed.stage()))) return;
        ObjectNode draft = Wire.JSON.createObjectNode().put("etype", "ACK").put("stage", owed.stage()).put("case", owed.sub());
        ObjectNode to = draft.putArray("to").addObject().put("desk", owed.event().get("iss").textValue()).put("purpose", "acknowledge");
        to.putArray("re").add(owed.event());
        publish(draft);
    }

    /** Follow the inbox from its beginning until asked to stop, or until the drafts end: in one thread, one writer. */
    private void run(BufferedReader drafts) throws IOException, GeneralSecurityException {
        start();
        BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
        if (drafts != null) {
            Thread reading = new Thread(() -> {
                drafts.lines().forEach(waiting::add);
                waiting.add(END);
            });
            reading.setDaemon(true);
            reading.start();
        }
        try (var reader = consumer()) {
            reader.assign(places(inbox, control.partitions));
            reader.seekToBeginning(reader.assignment());
            for (String draft = null; !END.equals(draft); draft = waiting.poll()) {
                if (draft != null) drafted(Wire.JSON.readTree(draft));
                for (var record : reader.poll(Duration.ofMillis(200))) arrived(record);
            }
        }
        producer.close();
    }

    private static boolean verify(Path folder, List<String> files, Path opened) throws IOException {
        var control = new Control(folder, Wire.JSON.readTree(Files.readAllBytes(folder.resolve("directory.json"))));
        boolean good = true;
        for (String file : files) {
            Desk desk = new Desk(folder, control, opened);
            try (BufferedReader lines = file.equals("-") ? input() : Files.newBufferedReader(Path.of(file))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode record = Wire.JSON.readTree(line);
                    boolean base64 = record.path("base64").asBoolean();
                    List<Header> headers = new ArrayList<>();
                    record.get("headers").forEach(one -> headers.add(new Header(one.get(0).textValue(), data(one.get(1), base64))));
                    Verdict verdict = desk.take(record.get("partition").intValue(), headers, data(record.get("value"), base64));
                    say(verdict.said());
                    good &= verdict.said().get("accepted").booleanValue();
                }
            }
        }
        return good;
    }

    private static BufferedReader input() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }

    private static byte[] data(JsonNode text, boolean base64) {
        if (text.isNull()) return null;
        return base64 ? Base64.getDecoder().decode(text.textValue()) : Wire.ascii(text.textValue());
    }

    public static void main(String[] words) throws IOException, GeneralSecurityException {
        List<String> files = new ArrayList<>(List.of(words));
        Map<String, Path> folders = new HashMap<>();
        for (String name : List.of("--directory", "--open")) {
            int at = files.indexOf(name);
            if (at >= 0) folders.put(files.remove(at), Path.of(files.remove(at)));
        }
        Path folder = folders.get("--directory"), opened = folders.get("--open");
        switch (files.remove(0)) {
            case "verify" -> System.exit(verify(folder, files, opened) ? 0 : 1);
            case "vectors" -> Vectors.answer(files);
            default -> new Partner(folder, opened).run(files.contains("-") ? input() : null);
        }
    }
}
