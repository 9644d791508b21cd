import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** How a desk makes an event of a draft: sealed parts, a slip an addressee, a cover (envelope §1, §3, §4). */
class Issuer extends Desk {
    private static final Set<String> TO_NOBODY = Set.of("LINK", "UNLINK", "LOOKUP", "PING");
    private static final List<String> CLAIMS = List.of("ends", "phase", "final", "stage", "decided_on", "received_on",
        "ends_on", "due", "declared", "left_out");

    final String realm, outbox;
    final Set<List<String>> answered = new HashSet<>();
    private final byte[] secret;
    private final Map<Integer, String> chains = new HashMap<>();

    /** An event before it is written: its id, its cover, its record as text. */
    record Issued(String jti, String cover, int partition, ObjectNode record) {}

    Issuer(Path folder, Control control, Path opened) throws IOException {
        super(folder, control, opened);
        realm = settings.get("realm").textValue();
        outbox = String.join(".", "relais", realm, "outbox", settings.get("agency").textValue());
        secret = Files.readAllBytes(folder.resolve("routing.secret"));
    }

    /** Remember a cover of this desk: the next one's `prev`, and what it has acknowledged. */
    final void wrote(int partition, String token) {
        JsonNode cover = Wire.parse(Wire.unb64u(token.split("\\.")[1]), 128 << 10);
        if (!cover.get("iss").textValue().equals(me)) return;
        chains.put(partition, Wire.digest(token));
        if (!cover.get("etype").textValue().equals("ACK")) return;
        for (JsonNode to : cover.get("to")) to.path("re").forEach(one -> answered.add(name(one, cover.get("stage").textValue())));
    }

    /** Seal and sign a draft (docs/specification/README.md, twelve steps). */
    final Issued event(JsonNode draft, long at, String convd, int partitions) throws GeneralSecurityException {
        String sub = draft.get("case").textValue(), jti = eventId(at), etype = draft.get("etype").textValue();
        Set<JsonNode> desks = new HashSet<>();
        Wire.demand(at < directory.expires, "directory_expired");
        draft.get("to").forEach(to -> Wire.demand(desks.add(to.get("desk")), "desk_twice"));
        Wire.demand(desks.isEmpty() == TO_NOBODY.contains(etype), "wrong_addressees");
        draft.get("to").forEach(to -> Wire.demand(to.has("purpose"), "no_purpose"));
        desks.forEach(to -> Wire.demand(Part.isRead(etype, directory.desks.get(to.textValue())), "not_read"));
        int partition = Wire.partitionOf(secret, realm, sub, partitions);
        ObjectNode cover = Wire.JSON.createObjectNode().put("aud", directory.router).put("convd", convd)
            .put("exp", at + 7 * 86400).put("iat", at).put("iss", me).put("jti", jti).put("realm", realm).put("sub", sub);
        cover.set("etype", draft.get("etype"));
        for (String name : CLAIMS) if (draft.has(name)) cover.set(name, draft.get(name));
        ObjectNode common = cover.deepCopy().without(List.of("aud", "declared", "left_out"));
        ObjectNode seen = Wire.JSON.createObjectNode();
        for (String name : List.of("call", "auth", "danger")) {
            if (draft.path("declared").has(name)) seen.set(name, draft.get("declared").get(name));
        }
        if (!seen.isEmpty()) common.set("declared", seen);
        ArrayNode slips = Wire.JSON.createArrayNode(), parts = Wire.JSON.createArrayNode();
        ArrayNode addressees = cover.putArray("to");
        for (JsonNode to : draft.get("to")) {
            ObjectNode entry = Wire.JSON.createObjectNode();
            for (String name : List.of("purpose", "re")) if (to.has(name)) entry.set(name, to.get(name));
            List<String> sealed = new ArrayList<>();
            for (var one : to.path("bodies").properties()) Part.checkBody(etype, one.getKey(), one.getValue());
            for (var one : to.path("bodies").properties()) sealed.add(seal(jti, to, one.getKey(), one.getValue(), at));
            if (!sealed.isEmpty()) entry.set("parts", Wire.JSON.valueToTree(sealed.stream().map(Wire::partDigest).sorted().toList()));
            ObjectNode slip = common.deepCopy().setAll(entry);
            slip.set("aud", to.get("desk"));
            String token = sign(slip, "referral-slip+jwt", at);
            slips.add(token);
            sealed.forEach(parts::add);
            entry.set("desk", to.get("desk"));
            addressees.add(entry.put("slip", Wire.digest(token)));
        }
        if (chains.containsKey(partition)) cover.put("prev", chains.get(partition));
        String token = sign(cover, "referral-cover+jwt", at);
        ObjectNode value = Wire.JSON.createObjectNode().put("datacontenttype", "application/json").put("id", jti).put("source", me)
            .put("specversion", "1.0").put("subject", sub).put("time", Wire.instant(at));
        value.put("type", "relais.event." + draft.get("etype").textValue());
        ObjectNode data = value.putObject("data").put("cover", token);
        data.set("parts", parts);
        data.set("slips", slips);
        String text = Wire.canonical(value);
        Wire.demand(text.length() <= 1 << 20, "too_large"); // of what is longer no router says anything (envelope §2.7)
        ObjectNode record = Wire.JSON.createObjectNode().put("topic", outbox).put("partition", partition)
            .put("key", Wire.digest(token)).put("value", text);
        record.putArray("headers").addArray().add("content-type").add("application/cloudevents+json");
        return new Issued(jti, token, partition, record);
    }

    /** A UUIDv7 (envelope §2.5). */
    private static String eventId(long at) {
        String random = HexFormat.of().formatHex(Keys.random(10)), text = String.format("%012x", at * 1000);
        return String.join("-", text.substring(0, 8), text.substring(8), "7" + random.substring(0, 3),
            "8" + random.substring(3, 6), random.substring(6, 18));
    }

    /** A part (envelope §3). */
    private String seal(String jti, JsonNode to, String cat, JsonNode body, long at) throws GeneralSecurityException {
        Directory.Sealing key = directory.sealingKey(to.get("desk").textValue(), to.get("retention").textValue(), at);
        ObjectNode inner = Wire.JSON.createObjectNode().put("cat", cat).put("evt", jti).put("iss", me).put("pad", "")
            .put("salt", Wire.b64u(Keys.random(16)));
        inner.set("body", body);
        inner.put("pad", "0".repeat(Math.floorMod(-Wire.ascii(Wire.canonical(inner)).length, 512)));
        String text = Wire.canonical(inner);
        ObjectNode header = Wire.JSON.createObjectNode().put("alg", "ECDH-ES+A256KW").put("cat", cat).put("cty", "json")
            .put("enc", "A256GCM").put("evt", jti).put("iss", me).put("kid", key.kid()).put("pth", Wire.digest(text))
            .put("typ", "referral-part+jwe").put("aud", to.get("desk").textValue());
        return Keys.seal(Wire.ascii(text), header, key.jwk());
    }

    /** A token by the newest valid key of this desk (keys §1.1). */
    private String sign(JsonNode claims, String typ, long at) throws GeneralSecurityException {
        JsonNode key = signing.stream()
            .filter(one -> one.get("not_before").longValue() <= at && at < directory.keys.get(one.get("kid").textValue()).get("not_after").longValue())
            .max(Comparator.comparingLong(one -> one.get("not_before").longValue())).orElseThrow();
        ObjectNode header = Wire.JSON.createObjectNode().put("typ", typ);
        header.set("alg", key.get("alg"));
        header.set("kid", key.get("kid"));
        String text = Stream.of(header, claims).map(one -> Wire.b64u(Wire.ascii(Wire.canonical(one)))).reduce((a, b) -> a + "." + b).orElseThrow();
        return text + "." + Wire.b64u(Keys.sign(key, Wire.ascii(text)));
    }
}
