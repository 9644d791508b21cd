import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** A part's header, and the bodies that acts have (envelope §3, bodies §1). */
final class Part {
    private static final Set<String> HEADER =
        Set.of("alg", "aud", "cat", "cty", "enc", "epk", "evt", "iss", "kid", "pth", "typ");
    private static final List<String[]> FIXED = List.of(new String[] {"typ", "referral-part+jwe"},
        new String[] {"alg", "ECDH-ES+A256KW"}, new String[] {"enc", "A256GCM"}, new String[] {"cty", "json"});
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cf}&&[^\\u200c\\u200d]]");
    private static final Schema BODIES = Schema.read("bodies");

    /** The form of a part's header (envelope §3.1). */
    static JsonNode head(String part) {
        Wire.demand(part.length() <= 256 << 10, "too_large");
        byte[] head = Wire.segments(part, 5).get(0);
        Wire.demand(part.indexOf('.') <= 1024, "too_large");
        JsonNode header = Wire.parse(head, 1024, false);
        Wire.demand(Directory.names(header).equals(HEADER), "wrong_header_keys");
        for (String[] one : FIXED) Wire.demand(header.get(one[0]).asText().equals(one[1]), "wrong_" + one[0]);
        JsonNode epk = header.get("epk");
        boolean curve25519 = epk.path("crv").asText().equals("X25519");
        Set<String> members = curve25519 ? Set.of("crv", "kty", "x") : Set.of("crv", "kty", "x", "y");
        Wire.demand(Directory.names(epk).equals(members) && (curve25519 || epk.get("crv").asText().equals("P-256")), "wrong_epk");
        byte[] x = Wire.unb64u(epk.get("x").asText()), y = Wire.unb64u(epk.path("y").asText(epk.get("x").asText()));
        Wire.demand(epk.get("kty").asText().equals(curve25519 ? "OKP" : "EC") && x.length == 32 && y.length == 32, "wrong_epk");
        Wire.demand(!curve25519 || Keys.fitX25519(x), "wrong_epk");
        return header;
    }

    /** Whether a desk of the directory reads the first version of an act; the bus's own events everybody reads (keys §2.2). */
    static boolean isRead(String etype, JsonNode row) {
        if (row == null || !row.has("reads") || !BODIES.file().get("events").has(etype)) return true;
        return StreamSupport.stream(row.get("reads").spliterator(), false).anyMatch(one -> one.asText().equals(etype + "/1"));
    }

    /** That a scope's content fits its schema, and hides no letters (envelope §3.4). */
    static void checkBody(String etype, String cat, JsonNode body) {
        JsonNode usual = BODIES.file().get("scopes").path(cat), place = BODIES.file().get("events").path(etype).path(cat);
        Wire.demand(!usual.isMissingNode(), "unknown_scope");
        boolean fits = BODIES.fits(place.isMissingNode() ? usual : place, body);
        Wire.demand(fits, "body_malformed");
        Wire.demand(!UNSEEN.matcher(Wire.canonical(body)).find(), "body_malformed");
    }
}
