import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the owners ordered: orders in their turn, each by its quorum (log §6). */
final class Control {
    private final JsonNode owners;
    private final Map<String, JsonNode> brought = new HashMap<>();
    private final List<Adopted<Directory>> directories = new ArrayList<>();
    private final List<Adopted<String>> conventions = new ArrayList<>();
    private long n;
    private String before = "";
    int partitions;

    private record Adopted<T>(long from, T what) {}

    /** Of a folder with `owners.json`. */
    Control(Path folder) throws IOException {
        owners = Wire.JSON.readTree(Files.readAllBytes(folder.resolve("owners.json")));
    }

    /** One that is not read from Kafka: its `directory`. */
    Control(Path folder, JsonNode given) throws IOException {
        this(folder);
        adopt(0, given.get("directory"));
    }

    /** Take a record of control; an order that is out of turn, unsigned or not allowed changes nothing. */
    void read(byte[] value) {
        String text = new String(value, StandardCharsets.UTF_8);
        try {
            if (text.startsWith("[")) order(text);
            else {
                String payload = new String(Wire.segments(text, 3).get(1), StandardCharsets.UTF_8);
                brought.put(Wire.digest(payload), Wire.JSON.getNodeFactory().textNode(text));
            }
        } catch (Wire.Refused | IOException | NullPointerException fault) {
            System.err.println(Wire.JSON.createObjectNode().put("order", "rejected").put("reason", fault.getMessage()));
        }
    }

    private void order(String text) throws IOException {
        JsonNode tokens = Wire.JSON.readTree(text), order = null, orders = owners.get("orders");
        String kind = Wire.parse(Wire.segments(tokens.get(0).textValue(), 3).get(1), 8 << 20).get("kind").textValue();
        JsonNode rule = orders.has(kind) ? orders.get(kind) : orders.get(kind.equals("desk_end") ? "adopt_directory" : "erase"); // keys §5.1
        Set<String> heads = new HashSet<>();
        for (JsonNode token : tokens) {
            JsonNode claims = Directory.verified(token, "referral-order+jwt", Directory.pinned(rule.get("keys")), 8 << 20).claims();
            Wire.demand(order == null || claims.equals(order), "payloads_differ");
            order = claims;
            heads.add(token.textValue().split("\\.")[0]);
        }
        Wire.demand(heads.size() >= rule.get("quorum").intValue(), "quorum");
        Wire.demand(order.get("n").longValue() == n + 1 && order.path("prev").asText().equals(before), "out_of_turn");
        long from = order.get("from").longValue();
        switch (kind) {
            case "layout" -> partitions = partitions == 0 ? order.get("partitions").intValue() : partitions;
            case "adopt_directory" -> {
                Wire.demand(brought.containsKey(order.get("directory").textValue()), "directory_missing");
                adopt(from, brought.get(order.get("directory").textValue()));
            }
            case "adopt_convention" -> conventions.add(new Adopted<>(from, Wire.digest(order.get("convention").textValue())));
            default -> { }
        }
        n++;
        before = Wire.digest(text);
    }

    private void adopt(long from, JsonNode token) {
        directories.add(new Adopted<>(from, new Directory(token, Directory.pinned(owners.get("directory")))));
    }

    private static <T> T inForce(List<Adopted<T>> adopted, long now) {
        return adopted.stream().filter(one -> one.from() <= now).reduce((one, other) -> other).map(Adopted::what).orElse(null);
    }

    /** The one in force; null before any is. */
    Directory directory(long now) {
        return inForce(directories, now);
    }

    /** `convd` of the one in force. */
    String convention(long now) {
        return inForce(conventions, now);
    }
}
