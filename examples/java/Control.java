import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the owners ordered: orders in their turn, each by its quorum (log §6). */
final class Control {
    private final JsonNode owners;
    private final List<JsonNode> pages = new ArrayList<>(), directories = new ArrayList<>(), conventions = new ArrayList<>();
    private long n;
    private String before = "";
    int partitions;

    Control(JsonNode owners) {
        this.owners = owners;
    }

    /** Take a record of control; an order that is out of turn or unsigned changes nothing. */
    void read(byte[] value) {
        String text = new String(value, StandardCharsets.UTF_8);
        try {
            if (text.startsWith("[")) order(text);
            else pages.add(Wire.JSON.getNodeFactory().textNode(text));
        } catch (Wire.Refused | IOException fault) {
            System.out.println(Wire.JSON.createObjectNode().put("order", "rejected"));
        }
    }

    private void order(String text) throws IOException {
        JsonNode tokens = Wire.JSON.readTree(text), order = null;
        Set<String> heads = new HashSet<>();
        for (JsonNode token : tokens) {
            String kind = Wire.parse(Wire.segments(token.textValue(), 3).get(1), 8 << 20).get("kind").textValue();
            Map<String, JsonNode> keys = Directory.pinned(owners.at("/orders/" + kind + "/keys"));
            JsonNode claims = Directory.verified(token, "referral-order+jwt", keys, 8 << 20).claims();
            Wire.demand(order == null || claims.equals(order), "payloads_differ");
            order = claims;
            heads.add(token.textValue().split("\\.")[0]);
        }
        Wire.demand(order != null, "quorum");
        String kind = order.get("kind").textValue();
        Wire.demand(heads.size() >= owners.at("/orders/" + kind + "/quorum").intValue(), "quorum");
        Wire.demand(order.get("n").longValue() == n + 1 && order.path("prev").asText().equals(before), "out_of_turn");
        n++;
        before = Wire.digest(text);
        if (kind.equals("layout") && partitions == 0) partitions = order.get("partitions").intValue();
        if (kind.equals("adopt_directory")) directories.add(order);
        if (kind.equals("adopt_convention")) conventions.add(order);
    }

    private static JsonNode inForce(List<JsonNode> orders, long now) {
        return orders.stream().filter(one -> one.get("from").longValue() <= now).reduce((one, other) -> other).orElseThrow();
    }

    Directory directory(long now) {
        return new Directory(inForce(directories, now).get("directory"), pages, Directory.pinned(owners.get("directory")));
    }

    /** `convd` of the one in force. */
    String convention(long now) {
        return Wire.digest(inForce(conventions, now).get("convention").textValue());
    }
}
