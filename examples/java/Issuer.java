import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** How a desk makes an event of a draft: sealed parts, a slip an addressee, a cover (envelope §1, §3, §4). */
record Issuer(String me, List<JsonNode> signing, Directory directory) {
    private static final List<String> CLAIMS = List.of("ends", "phase", "final", "stage", "decided_on", "received_on",
        "ends_on", "due", "declared", "left_out");

    /** An event before it is written. */
    record Issued(String jti, String cover, JsonNode value) {}

    /**
     * Seal and sign a draft.
     *
     * @param prev D of this desk's last cover in the case's partition, or null
     */
    Issued issue(JsonNode draft, String realm, long at, String convd, String prev) throws GeneralSecurityException {
        String sub = draft.get("case").textValue(), jti = eventId(at);
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
        if (prev != null) cover.put("prev", prev);
        String token = sign(cover, "referral-cover+jwt", at);
        ObjectNode value = Wire.JSON.createObjectNode().put("datacontenttype", "application/json").put("id", jti).put("source", me)
            .put("specversion", "1.0").put("subject", sub).put("time", Wire.instant(at));
        value.put("type", "relais.event." + draft.get("etype").textValue());
        ObjectNode data = value.putObject("data").put("cover", token);
        data.set("parts", parts);
        data.set("slips", slips);
        return new Issued(jti, token, value);
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
