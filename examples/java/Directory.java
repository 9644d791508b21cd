import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The desks and keys of a realm: every entry signed by its own key, the whole by the keeper's (keys §2). */
final class Directory {
    private static final DateTimeFormatter WEEK = DateTimeFormatter.ofPattern("YYYY'w'ww-e", Locale.FRANCE);
    private static final DateTimeFormatter MONTH = DateTimeFormatter.ofPattern("yyyy'm'MM-d");
    final String router;
    final long expires;
    final Map<String, JsonNode> desks = new HashMap<>();
    final Map<String, ObjectNode> keys = new HashMap<>();

    /** A token that verified, and whose key did. */
    record Token(JsonNode claims, String owner) {}

    /** A key to seal with. */
    record Sealing(String kid, long from, long until, JsonNode jwk) {}

    static Token verified(JsonNode given, String typ, Map<String, ? extends JsonNode> keys, int limit) {
        return verified(given, typ, keys, limit, "iat");
    }

    /** The claims of a token (envelope §4.1, §7 steps 3 to 5); pinned keys have no end, others are judged by the claim `at`. */
    static Token verified(JsonNode given, String typ, Map<String, ? extends JsonNode> keys, int limit, String at) {
        Wire.demand(given.isTextual(), "wrong_data");
        String token = given.textValue();
        Wire.demand(token.length() <= limit, "too_large");
        List<byte[]> segments = Wire.segments(token, 3);
        JsonNode header = Wire.parse(segments.get(0), 1024), claims = Wire.parse(segments.get(1), limit);
        JsonNode key = keys.get(header.path("kid").asText());
        Wire.demand(key != null, "unknown_key");
        if (key.has("not_before")) {
            Wire.demand(claims.path(at).isIntegralNumber(), "no_iat");
            long iat = claims.get(at).longValue();
            Wire.demand(key.get("not_before").longValue() <= iat && iat < key.get("not_after").longValue(), "key_not_valid");
        }
        Wire.demand(names(header).equals(Set.of("alg", "kid", "typ")), "wrong_header_keys");
        Wire.demand(header.get("typ").asText().equals(typ), "wrong_typ");
        Wire.demand(header.get("alg").equals(key.get("alg")), "wrong_alg");
        Keys.demandSigned(key, Wire.ascii(token.substring(0, token.lastIndexOf('.'))), segments.get(2));
        return new Token(claims, key.get("owner").textValue());
    }

    static Set<String> names(JsonNode value) {
        return value.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet());
    }

    static Map<String, JsonNode> pinned(JsonNode keys) {
        return StreamSupport.stream(keys.spliterator(), false).collect(Collectors.toMap(key -> key.get("kid").textValue(), key -> key));
    }

    Directory(JsonNode token, Map<String, JsonNode> keepers) {
        JsonNode whole = verified(token, "referral-directory+jwt", keepers, 6 << 20).claims();
        router = whole.at("/router/router").textValue();
        expires = whole.get("exp").longValue();
        add(router, whole.at("/router/signing"));
        for (JsonNode row : whole.get("desks")) {
            Wire.demand(desks.put(row.get("desk").textValue(), row) == null, "desk_twice");
            add(row.get("desk").textValue(), row.get("signing"));
        }
    }

    private void add(String owner, JsonNode entries) {
        for (JsonNode entry : entries) {
            ObjectNode bare = ((ObjectNode) entry.deepCopy()).without(List.of("proof", "revoked", "reason", "since"));
            byte[] signed = Wire.frames("relais", "signing-key", owner, Wire.canonical(bare));
            Keys.demandSigned(entry, signed, Wire.unb64u(entry.get("proof").textValue()));
            long end = entry.get("not_after").longValue();
            ObjectNode key = entry.deepCopy();
            key.put("owner", owner).put("term", end).put("not_after", Math.min(end, entry.path("revoked").asLong(end)));
            keys.put(entry.get("kid").textValue(), key);
        }
    }

    private static long seconds(LocalDate day) {
        return day.atStartOfDay().toEpochSecond(ZoneOffset.UTC);
    }

    /** The newest key of a class that the desk itself has signed (keys §2.4, §2.6). */
    Sealing sealingKey(String desk, String retention, long at) {
        Wire.demand(desks.containsKey(desk), "unknown_desk");
        Wire.demand(desks.get(desk).has("sealing"), "no_encryption_key");
        JsonNode sealing = desks.get(desk).get("sealing"), by = keys.get(sealing.get("by").textValue());
        long iat = sealing.get("iat").longValue(), end = by.get("not_after").longValue();
        boolean own = by.get("owner").textValue().equals(desk);
        boolean valid = by.get("not_before").longValue() <= iat && iat < Math.min(end, by.path("since").asLong(end));
        Wire.demand(own && valid, "key_not_valid");
        ObjectNode bare = ((ObjectNode) sealing.deepCopy()).without(List.of("sig", "revoked"));
        byte[] signed = Wire.frames("relais", "sealing-keys", desk, Wire.canonical(bare));
        Keys.demandSigned(by, signed, Wire.unb64u(sealing.get("sig").textValue()));
        return sealing.at("/keys/" + retention).properties().stream().map(one -> {
            String kid = String.join("-", desk.substring(desk.lastIndexOf(':') + 1), retention.toLowerCase(), one.getKey());
            boolean weekly = one.getKey().charAt(4) == 'w';
            LocalDate first = LocalDate.parse(one.getKey() + "-1", weekly ? WEEK : MONTH);
            LocalDate next = weekly ? first.plusWeeks(1) : first.plusMonths(1);
            JsonNode key = one.getValue();
            JsonNode x25519 = Wire.JSON.createObjectNode().put("kty", "OKP").put("crv", "X25519").put("x", key.textValue());
            return new Sealing(kid, seconds(first), seconds(next.plusDays(7)), key.isTextual() ? x25519 : key);
        }).filter(key -> key.from() <= at && at < key.until() && at < sealing.at("/revoked/" + key.kid()).asLong(at + 1))
            .max((one, other) -> one.from() == other.from() ? one.kid().compareTo(other.kid()) : Long.compare(one.from(), other.from()))
            .orElseThrow(() -> new Wire.Refused("no_encryption_key"));
    }
}
