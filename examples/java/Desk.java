import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a desk does with a record of its inbox: every step of envelope §8. */
class Desk {
    private static final Map<String, String> CONSTANT = Map.of("specversion", "1.0", "datacontenttype", "application/json");
    private static final Set<String> SHELL =
        Set.of("specversion", "datacontenttype", "id", "source", "subject", "time", "type", "data");

    final JsonNode settings;
    final String me;
    final List<JsonNode> signing = new ArrayList<>();
    Control control;
    Directory directory;
    private final Schema tokens = Schema.read("tokens");
    private final Path opened;
    private final Map<String, JsonNode> sealing = new HashMap<>();
    private final Map<Integer, Long> last = new HashMap<>();
    private final Set<List<String>> delivered = new HashSet<>();

    /** A Kafka header, by its bytes. */
    record Header(String name, byte[] value) {}

    /** An ACK that is owed for an event: the event's `re`, its case, the stage. */
    record Owed(JsonNode event, String sub, String stage) {}

    /** A verdict, and what is owed for it, if anything. */
    record Verdict(ObjectNode said, Owed owed) {}

    Desk(Path folder, Control control, Path opened) throws IOException {
        this.settings = Wire.JSON.readTree(Files.readAllBytes(folder.resolve("settings.json")));
        this.me = settings.get("desk").textValue();
        this.control = control;
        this.directory = control.directory(0);
        this.opened = opened;
        try (Stream<Path> files = Files.list(folder.resolve("keys"))) {
            for (Path file : files.toList()) {
                JsonNode key = Wire.JSON.readTree(Files.readAllBytes(file));
                if (key.get("use").textValue().equals("sig")) signing.add(key);
                else if (key.get("use").textValue().equals("enc")) sealing.put(key.get("kid").textValue(), key);
            }
        }
    }

    private static ObjectNode refusal(Wire.Refused fault) {
        return Wire.JSON.createObjectNode().put("accepted", false).put("reason", fault.getMessage());
    }

    /** The verdict on a record of the inbox. */
    Verdict take(int partition, List<Header> headers, byte[] value) throws IOException {
        try {
            return steps(partition, headers, value);
        } catch (Wire.Refused fault) {
            return new Verdict(refusal(fault), null);
        }
    }

    private Verdict steps(int partition, List<Header> headers, byte[] value) throws IOException {
        Wire.demand(value != null, "null_value"); // 1.
        Wire.demand(headers.size() <= 16, "too_many_headers");
        Wire.demand(headers.stream().allMatch(one -> one.value() != null), "null_header");
        int size = headers.stream().mapToInt(one -> Wire.ascii(one.name()).length + one.value().length).sum();
        Wire.demand(size <= 4096, "headers_too_large");
        List<String> types = new ArrayList<>();
        try {
            for (Header one : headers) {
                String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(one.value())).toString();
                if (one.name().equalsIgnoreCase("content-type")) types.add(text.split(";", 2)[0].strip().toLowerCase());
            }
        } catch (CharacterCodingException fault) {
            throw new Wire.Refused("header_not_utf8");
        }
        Wire.demand(types.equals(List.of("application/cloudevents+json")), "wrong_content_type");
        JsonNode shell = Wire.parse(value, 5 << 18);
        Wire.demand(Directory.names(shell).equals(SHELL), "wrong_event_keys");
        CONSTANT.forEach((name, text) -> Wire.demand(shell.get(name).asText().equals(text), "wrong_event_type"));
        Set<String> form = Directory.names(shell.get("data"));
        Wire.demand(form.equals(Set.of("notice")) || form.equals(Set.of("parts", "receipt", "slip")), "wrong_data");
        return form.size() == 1 ? notice(partition, shell) : delivery(partition, shell);
    }

    private JsonNode byRouter(JsonNode token, String typ, int limit) {
        Directory.Token found = Directory.verified(token, typ, directory.keys, limit);
        boolean own = found.owner().equals(directory.router) && found.claims().path("iss").asText().equals(directory.router);
        Wire.demand(own, "not_by_router");
        return found.claims();
    }

    private static void repeats(JsonNode shell, JsonNode claims, String type) {
        Map<String, String> wanted = Map.of("id", claims.get("jti").textValue(), "source", claims.get("iss").textValue(),
            "subject", claims.get("sub").textValue(), "time", Wire.instant(claims.get("iat").longValue()), "type", type);
        wanted.forEach((name, text) -> Wire.demand(shell.get(name).asText().equals(text), "cloudevent_differs"));
    }

    /** Of step 12: what was never told is an alarm, and what came is taken all the same. */
    private void number(int partition, JsonNode claims, ObjectNode said) {
        Wire.demand(claims.get("partition").intValue() == partition, "wrong_partition");
        long before = last.getOrDefault(partition, 0L), seq = claims.get("seq").longValue();
        Wire.demand(seq > before, "replayed");
        last.put(partition, seq);
        if (seq > before + 1) said.put("alarm", "seq_gap");
    }

    private Verdict notice(int partition, JsonNode shell) {
        JsonNode claims = byRouter(shell.at("/data/notice"), "referral-notice+jwt", 256 << 10);
        JsonNode schema = tokens.file().get("notices").get(claims.path("kind").asText());
        Wire.demand(schema != null, "unknown_notice");
        Wire.demand(tokens.fits(schema, claims), "notice_malformed");
        repeats(shell, claims, "relais.notice." + claims.get("kind").textValue());
        Wire.demand(claims.get("aud").textValue().equals(me), "wrong_audience");
        ObjectNode said = Wire.JSON.createObjectNode().put("accepted", true);
        said.set("notice", claims.get("kind"));
        said.set("event", claims.at("/event/jti"));
        for (String name : List.of("refused", "reasons", "code", "stage", "by", "addressees")) if (claims.has(name)) said.set(name, claims.get(name));
        number(partition, claims, said);
        return new Verdict(said, null);
    }

    private Verdict delivery(int partition, JsonNode shell) throws IOException {
        JsonNode data = shell.get("data"), parts = data.get("parts");
        Wire.demand(parts.isArray(), "wrong_data");
        parts.forEach(part -> Wire.demand(part.isTextual(), "wrong_data"));
        Wire.demand(parts.size() <= 64, "too_many");
        Directory.Token signed = Directory.verified(data.get("slip"), "referral-slip+jwt", directory.keys, 32 << 10); // 2.
        JsonNode slip = signed.claims();
        Wire.demand(tokens.fits(tokens.file().at("/$defs/Slip"), slip), "slip_malformed");
        String iss = slip.get("iss").textValue(), jti = slip.get("jti").textValue(), sub = slip.get("sub").textValue();
        Wire.demand(signed.owner().equals(iss), "claimed_authorship");
        JsonNode receipt = byRouter(data.get("receipt"), "referral-receipt+jwt", 128 << 10);
        Wire.demand(tokens.fits(tokens.file().at("/$defs/Receipt"), receipt), "receipt_malformed");
        long routed = receipt.get("iat").longValue();
        Wire.demand(receipt.path("arrived").asLong(routed) < slip.get("exp").longValue(), "expired"); // 3.
        Wire.demand(slip.get("iat").longValue() <= routed + 120, "issued_ahead");
        repeats(shell, slip, "relais.event." + slip.get("etype").textValue()); // 4.
        boolean mine = slip.get("aud").textValue().equals(me) && receipt.get("aud").textValue().equals(me);
        Wire.demand(mine, "wrong_audience"); // 5.
        List<JsonNode> heads = new ArrayList<>();
        List<String> came = new ArrayList<>(), told = new ArrayList<>(), listed = new ArrayList<>();
        parts.forEach(part -> heads.add(Part.head(part.textValue())));
        parts.forEach(part -> came.add(Wire.partDigest(part.textValue())));
        receipt.get("parts").forEach(one -> told.add(one.textValue()));
        slip.path("parts").forEach(one -> listed.add(one.textValue()));
        Wire.demand(receipt.get("slip").textValue().equals(Wire.digest(data.get("slip").textValue())), "receipt_for_other_slip"); // 6.
        Wire.demand(told.equals(came.stream().sorted().distinct().toList()) && told.size() == came.size(), "parts_differ");
        Wire.demand(listed.containsAll(told), "part_unlisted");
        ObjectNode said = Wire.JSON.createObjectNode().put("accepted", true).put("event", jti);
        number(partition, receipt, said); // 12.
        JsonNode event = Wire.JSON.createObjectNode().put("iss", iss).put("jti", jti);
        Wire.demand(delivered.add(List.of(iss, jti, sub)), "delivered_twice");
        boolean withdraws = slip.get("etype").textValue().equals("WITHDRAW");
        if (withdraws) for (JsonNode ref : slip.path("re")) Wire.demand(ref.get("iss").equals(slip.get("iss")), "not_own_event"); // 13.
        Map<String, JsonNode> contents = new TreeMap<>();
        try {
            for (int at = 0; at < heads.size(); at++) {
                String cat = heads.get(at).get("cat").asText();
                JsonNode content = open(parts.get(at).textValue(), heads.get(at), slip, receipt);
                Wire.demand(contents.put(cat, content) == null, "two_parts");
            }
        } catch (Wire.Refused fault) { // its issuer is told
            said.setAll(refusal(fault));
            return new Verdict(said, new Owed(event, sub, "unreadable"));
        }
        said.set("scopes", Wire.JSON.valueToTree(contents.keySet()));
        if (opened != null) {
            ObjectNode all = Wire.JSON.createObjectNode();
            all.set("slip", slip);
            all.set("bodies", Wire.JSON.valueToTree(contents));
            Path file = Files.write(opened.resolve(jti + ".json"), Wire.ascii(Wire.canonical(all)));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------")); // for its owner alone
        }
        if (withdraws) takeBack(slip, said);
        for (JsonNode duty : receipt.get("due")) {
            String act = duty.get("act").textValue();
            JsonNode of = duty.get("event");
            boolean own = duty.get("debtor").textValue().equals(me) && of.equals(event);
            if (own && act.startsWith("ACK:")) return new Verdict(said, new Owed(of, sub, act.substring(4).split("\\|")[0]));
        }
        return new Verdict(said, null);
    }

    /** An event by what it is known by: of a case, or with the stage at which it was acknowledged. */
    static List<String> name(JsonNode event, String of) {
        return List.of(event.get("iss").textValue(), event.get("jti").textValue(), of);
    }

    /** Say what came and is withdrawn by this; what was opened of it goes. */
    private void takeBack(JsonNode slip, ObjectNode said) throws IOException {
        ArrayNode gone = said.putArray("withdrawn");
        for (JsonNode ref : slip.path("re")) {
            List<String> event = name(ref, slip.get("sub").textValue());
            if (delivered.contains(event)) gone.add(ref.get("jti"));
        }
        if (opened != null) for (JsonNode event : gone) Files.deleteIfExists(opened.resolve(event.textValue() + ".json"));
    }

    private JsonNode open(String part, JsonNode header, JsonNode slip, JsonNode receipt) {
        String cat = header.get("cat").asText();
        Wire.demand(header.get("aud").asText().equals(me), "part_for_other_desk"); // 7.
        Wire.demand(header.get("iss").equals(slip.get("iss")), "part_of_other_issuer");
        Wire.demand(header.get("evt").equals(slip.get("jti")), "part_of_other_event");
        Wire.demand(receipt.get("clauses").has(cat), "scope_not_released");
        JsonNode key = sealing.get(header.get("kid").asText());
        Wire.demand(key != null, "no_private_key");
        Wire.demand(key.get("crv").equals(header.at("/epk/crv")), "wrong_alg");
        byte[] plaintext = Keys.open(part, key, header.get("epk")); // 8.
        Wire.demand(Wire.b64u(Wire.sha(plaintext)).equals(header.get("pth").asText()), "wrong_commitment"); // 9.
        JsonNode content = Wire.parse(plaintext, 256 << 10), body = content.path("body");
        boolean form = Directory.names(content).equals(Set.of("body", "cat", "evt", "iss", "pad", "salt")) && body.isObject();
        form = form && content.get("pad").asText("x").matches("0{0,511}") && plaintext.length % 512 == 0;
        Wire.demand(form && Wire.unb64u(content.get("salt").asText("")).length == 16, "plaintext_malformed");
        for (String name : List.of("evt", "iss", "cat")) Wire.demand(content.get(name).equals(header.get(name)), "plaintext_differs"); // 10.
        Part.checkBody(slip.get("etype").textValue(), cat, body); // 11.
        return body;
    }
}
