import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The computations of docs/specification, by the JDK and Jackson: none of Relais' code. Section numbers are those of the
 * specification; what is refused is told by its code (envelope §11).
 */
final class Wire {
    /** Depth is looked at before anything is parsed whole (envelope §2.7); what it writes is sorted. */
    static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build()).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE).build();
    private static final long MOST = (1L << 53) - 1;

    /** What is not taken; its message is the code. */
    static final class Refused extends RuntimeException {
        Refused(String code) {
            super(code);
        }
    }

    static void demand(boolean truth, String code) {
        if (!truth) throw new Refused(code);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] sha(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException fault) {
            throw new IllegalStateException(fault);
        }
    }

    static String b64u(byte[] data) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
    }

    /** Of canonical text alone (envelope §2.1). */
    static byte[] unb64u(String text) {
        try {
            byte[] data = Base64.getUrlDecoder().decode(text);
            demand(b64u(data).equals(text), "base64_not_canonical");
            return data;
        } catch (IllegalArgumentException fault) {
            throw new Refused("base64_not_canonical");
        }
    }

    /** The segments of a compact token, decoded. */
    static List<byte[]> segments(String token, int count) {
        List<byte[]> found = Stream.of(token.split("\\.", -1)).map(Wire::unb64u).toList();
        demand(found.size() == count, "wrong_segments");
        return found;
    }

    /** C(x) (envelope §2.2): what Jackson writes of sorted members is canonical on this profile. */
    static String canonical(JsonNode value) {
        try {
            return JSON.writeValueAsString(JSON.treeToValue(value, Object.class));
        } catch (JsonProcessingException fault) {
            throw new IllegalStateException(fault);
        }
    }

    static JsonNode parse(byte[] data, int limit) {
        return parse(data, limit, true);
    }

    /** Size and depth come first; where the text need not be canonical it is compact (envelope §2.2, §2.7, §3.1). */
    static JsonNode parse(byte[] data, int limit, boolean exact) {
        demand(data.length <= limit, "too_large");
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
            JsonNode value = JSON.readTree(text);
            profile(value);
            demand(value.isObject(), "not_an_object");
            String again = canonical(value);
            demand(exact ? again.equals(text) : again.length() == text.length(), exact ? "not_canonical" : "not_compact");
            return value;
        } catch (JsonProcessingException | CharacterCodingException fault) {
            String why = String.valueOf(fault.getMessage());
            throw new Refused(why.startsWith("Duplicate") ? "duplicate_key" : why.startsWith("Document nesting") ? "too_deep" : "not_json");
        }
    }

    private static void profile(JsonNode value) {
        boolean number = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0 && value.longValue() <= MOST;
        demand(number || value.isTextual() || value.isBoolean() || value.isContainerNode(), "value_not_allowed");
        value.fieldNames().forEachRemaining(name -> demand(name.chars().allMatch(one -> one < 128), "value_not_allowed"));
        value.forEach(Wire::profile);
    }

    /** D(token) (envelope §2.3). */
    static String digest(String token) {
        return b64u(sha(ascii(token)));
    }

    /** P(part) (envelope §2.3). */
    static String partDigest(String part) {
        int dot = part.indexOf('.');
        return b64u(sha(joined(sha(ascii(part.substring(0, dot))), sha(ascii(part.substring(dot + 1))))));
    }

    static byte[] joined(byte[]... pieces) {
        ByteBuffer all = ByteBuffer.allocate(Stream.of(pieces).mapToInt(one -> one.length).sum());
        for (byte[] one : pieces) all.put(one);
        return all.array();
    }

    /** Each field behind its length (envelope §2.4). */
    static byte[] frames(String... fields) {
        byte[] all = {};
        for (String field : fields) all = joined(all, ByteBuffer.allocate(4).putInt(ascii(field).length).array(), ascii(field));
        return all;
    }

    private static byte[] hmac(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException fault) {
            throw new IllegalStateException(fault);
        }
    }

    /** The partition of a case (envelope §6.3). */
    static int partitionOf(byte[] secret, String realm, String token, int count) {
        byte[] key = hmac(hmac(new byte[32], secret), joined(frames("relais", "partition", realm), new byte[] {1}));
        return new BigInteger(1, hmac(key, frames(token)), 0, 4).mod(BigInteger.valueOf(count)).intValue();
    }

    /** The CloudEvents attribute `time` (envelope §2.5). */
    static String instant(long at) {
        return Instant.ofEpochSecond(at).toString();
    }
}
