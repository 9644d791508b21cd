import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The computations of docs/specification, by the JDK and Jackson: none of Relais' code. Section numbers are those of the
 * specification; what is refused is told by its code (envelope §11).
 */
final class Wire {
    static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
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

    /** C(x) (envelope §2.2). */
    static String canonical(JsonNode value) {
        if (value.isObject()) {
            TreeMap<String, String> members = new TreeMap<>();
            value.properties().forEach(one -> members.put(one.getKey(), canonical(one.getValue())));
            return members.entrySet().stream().map(one -> quoted(one.getKey()) + ":" + one.getValue())
                .collect(Collectors.joining(",", "{", "}"));
        }
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false).map(Wire::canonical).collect(Collectors.joining(",", "[", "]"));
        }
        return value.isTextual() ? quoted(value.textValue()) : value.asText();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            int short_ = "\"\\\b\f\n\r\t".indexOf(one);
            if (short_ >= 0) out.append('\\').append("\"\\bfnrt".charAt(short_));
            else if (one < ' ') out.append(String.format("\\u%04x", (int) one));
            else out.append(one);
        }
        return out.append('"').toString();
    }

    static JsonNode parse(byte[] data, int limit) {
        return parse(data, limit, true);
    }

    /** Size and depth come first; where the text need not be canonical it is compact (envelope §2.2, §2.7, §3.1). */
    static JsonNode parse(byte[] data, int limit, boolean exact) {
        demand(data.length <= limit, "too_large");
        boolean inside = false;
        for (int at = 0, depth = 0; at < data.length; at++) {
            if (inside && data[at] == '\\') at++;
            else if (data[at] == '"') inside = !inside;
            else if (!inside && (data[at] == '[' || data[at] == '{')) demand(++depth <= 16, "too_deep");
            else if (!inside && (data[at] == ']' || data[at] == '}')) depth--;
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
            JsonNode value = JSON.readTree(text);
            profile(value);
            demand(value.isObject(), "not_an_object");
            String again = canonical(value);
            demand(exact ? again.equals(text) : again.length() == text.length(), exact ? "not_canonical" : "not_compact");
            return value;
        } catch (JsonProcessingException | CharacterCodingException fault) {
            throw new Refused(String.valueOf(fault.getMessage()).startsWith("Duplicate") ? "duplicate_key" : "not_json");
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
