import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What the owners ordered: orders in their turn, each by its quorum (log §6). */
final class Control {
    private static final long DAY = 86400;

    private final JsonNode owners;
    private final List<JsonNode> pages = new ArrayList<>();
    private final List<Adopted<Directory>> directories = new ArrayList<>();
    private final List<Adopted<String>> conventions = new ArrayList<>();
    private final Map<String, JsonNode> ends = new HashMap<>();
    private long n;
    private String before = "";
    int partitions;

    private record Adopted<T>(long from, T what) {}

    /** Of a folder with `owners.json`. */
    Control(Path folder) throws IOException {
        owners = Wire.JSON.readTree(Files.readAllBytes(folder.resolve("owners.json")));
    }

    /** One that is not read from Kafka: its `directory`, `pages` and `orders`. */
    Control(Path folder, JsonNode given) throws IOException {
        this(folder);
        given.get("pages").forEach(pages::add);
        adopt(0, given.get("directory"));
        given.path("orders").forEach(value -> read(Wire.ascii(value.textValue())));
    }

    /** Take a record of control; an order that is out of turn, unsigned or not allowed changes nothing. */
    void read(byte[] value) {
        String text = new String(value, StandardCharsets.UTF_8);
        try {
            if (text.startsWith("[")) order(text);
            else pages.add(Wire.JSON.getNodeFactory().textNode(text));
        } catch (Wire.Refused | IOException | NullPointerException fault) {
            System.err.println(Wire.JSON.createObjectNode().put("order", "rejected").put("reason", fault.getMessage()));
        }
    }

    private void order(String text) throws IOException {
        JsonNode tokens = Wire.JSON.readTree(text), order = null, orders = owners.get("orders");
        String kind = Wire.parse(Wire.segments(tokens.get(0).textValue(), 3).get(1), 8 << 20).get("kind").textValue();
        JsonNode rule = orders.has(kind) ? orders.get(kind) : orders.get(kind.equals("succession") ? "adopt_directory" : "erase"); // keys §5.1
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
            case "adopt_directory" -> adopt(from, order.get("directory"));
            case "adopt_convention" -> conventions.add(new Adopted<>(from, Wire.digest(order.get("convention").textValue())));
            case "succession" -> succession(order, from);
            default -> { }
        }
        n++;
        before = Wire.digest(text);
    }

    private void adopt(long from, JsonNode token) {
        directories.add(new Adopted<>(from, new Directory(token, pages, Directory.pinned(owners.get("directory")))));
    }

    /** Hold a desk's end to the directory of its hour and to the desk's own word (log §6.4). */
    private void succession(JsonNode order, long from) {
        Directory directory = directory(from), newest = directories.get(directories.size() - 1).what();
        String desk = order.get("desk").textValue();
        Set<String> desks = new HashSet<>(Set.of(desk));
        order.get("heirs").forEach(heir -> Wire.demand(desks.add(heir.textValue()), "heir_has_heirs"));
        desks.forEach(one -> Wire.demand(!ends.containsKey(one), "heir_has_heirs"));
        List<JsonNode> rows = desks.stream().map(directory.desks::get).toList();
        rows.forEach(row -> Wire.demand(row.get("role").equals(rows.get(0).get("role"))
            && row.get("secrecy").equals(rows.get(0).get("secrecy")), "heir_other_role"));
        long overlap = order.get("until").longValue() - from;
        Wire.demand(7 * DAY <= overlap && overlap <= 180 * DAY, "until_wrong");
        if (!order.path("reason").asText().equals("desk_gone")) consent(order, desk, from, directory, newest);
        ends.put(desk, order);
    }

    /** Hold it to a valid key of the desk, and to each that control listed for it before that one. */
    private void consent(JsonNode order, String desk, long from, Directory directory, Directory newest) {
        Map<JsonNode, ObjectNode> waited = new LinkedHashMap<>();
        Map<JsonNode, Integer> places = new HashMap<>();
        for (int place = 0; place < directories.size(); place++) {
            for (ObjectNode key : directories.get(place).what().keys.values()) {
                if (!key.get("owner").textValue().equals(desk) || places.putIfAbsent(key.get("x"), place) != null) continue;
                if (from < key.get("term").longValue()) waited.put(key.get("x"), ((ObjectNode) key.deepCopy()).set("not_after", key.get("term")));
            }
        }
        Map<String, ObjectNode> own = new HashMap<>();
        waited.values().forEach(key -> own.put(key.get("kid").textValue(), key));
        Set<JsonNode> signed = new HashSet<>(), stolen = new HashSet<>(), valid = new HashSet<>();
        newest.keys.values().stream().filter(key -> key.path("reason").asText().equals("stolen")).forEach(key -> stolen.add(key.get("x")));
        own.values().removeIf(key -> stolen.contains(key.get("x")));
        JsonNode agreed = ((ObjectNode) order.deepCopy()).retain("realm", "desk", "heirs", "from", "until");
        for (JsonNode token : order.get("consent")) {
            Wire.demand(Directory.verified(token, "referral-consent+jwt", own, 8 << 10, "from").claims().equals(agreed), "consent_wrong");
            JsonNode header = Wire.parse(Wire.segments(token.textValue(), 3).get(0), 1024);
            signed.add(own.get(header.get("kid").textValue()).get("x"));
        }
        directory.keys.values().stream().filter(key -> key.get("not_before").longValue() <= from && from < key.get("not_after").longValue())
            .forEach(key -> valid.add(key.get("x")));
        int by = signed.stream().filter(valid::contains).mapToInt(places::get).min().orElseThrow(() -> new Wire.Refused("consent_wrong"));
        waited.keySet().forEach(x -> Wire.demand(places.get(x) >= by || signed.contains(x), "consent_wrong"));
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

    /** Whether a desk is an heir of another, or an heir's heir (rules §18): which of them has a case the router knows. */
    private boolean follows(String desk, String whom, long at) {
        JsonNode order = ends.get(whom);
        return order != null && order.get("from").longValue() <= at && heirs(order).stream().anyMatch(heir -> heir.equals(desk) || follows(desk, heir, at));
    }

    private static Set<String> heirs(JsonNode order) {
        return StreamSupport.stream(order.get("heirs").spliterator(), false).map(JsonNode::textValue).collect(Collectors.toSet());
    }

    /** Refuse what a slip says if it is not its issuer's to say (envelope §8, step 13). */
    void demandOwnWord(JsonNode slip, long at) {
        String issuer = slip.get("iss").textValue();
        if (slip.get("etype").textValue().equals("WITHDRAW")) {
            for (JsonNode ref : slip.path("re")) {
                String of = ref.get("iss").textValue();
                Wire.demand(of.equals(issuer) || follows(issuer, of, at), "not_own_event");
            }
        }
        if (!slip.get("etype").textValue().equals("ENTRUST")) return;
        JsonNode order = ends.get(issuer);
        boolean ending = order != null && order.get("from").longValue() <= at;
        Wire.demand(ending, "not_ending");
        Wire.demand(heirs(order).contains(slip.get("aud").textValue()), "not_heir");
    }
}
