import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** What a desk answers to files of vectors (conformance), at the time that each step says. */
final class Vectors {
    private Vectors() {}

    /** An answer to each step of each file, a line each. */
    static void answer(List<String> files) throws IOException, GeneralSecurityException {
        for (String name : files) {
            JsonNode file = Wire.JSON.readTree(Files.readAllBytes(Path.of(name)));
            for (JsonNode vector : file.get("vectors")) {
                ObjectNode given = file.get("given").deepCopy();
                if (vector.has("given")) given.setAll((ObjectNode) vector.get("given"));
                Issuer desk = null;
                String fault = "";
                try {
                    Path folder = furnished(given);
                    desk = new Issuer(folder, new Control(folder, given), null);
                } catch (Wire.Refused refused) {
                    fault = refused.getMessage();
                }
                for (JsonNode step : vector.get("steps")) {
                    ObjectNode said = desk == null ? refusal(fault) : said(desk, step, given);
                    System.out.println(said.put("vector", vector.get("name").textValue()));
                }
            }
        }
    }

    /** The folder of a vector's desk. */
    private static Path furnished(JsonNode given) throws IOException {
        Path folder = Files.createTempDirectory("vector"), keys = Files.createDirectory(folder.resolve("keys"));
        for (String name : List.of("settings", "owners")) write(folder.resolve(name + ".json"), given.get(name));
        for (JsonNode key : given.get("keys")) write(keys.resolve(key.get("kid").textValue() + ".json"), key);
        Files.write(folder.resolve("routing.secret"), Wire.unb64u(given.path("routing_secret").asText()));
        return folder;
    }

    private static void write(Path file, JsonNode what) throws IOException {
        Files.write(file, Wire.JSON.writeValueAsBytes(what));
    }

    private static ObjectNode said(Issuer desk, JsonNode step, JsonNode given) throws IOException, GeneralSecurityException {
        if (step.has("record")) return taken(desk, step.get("record"));
        try {
            String convd = given.get("convd").textValue();
            int partitions = desk.settings.get("partitions").intValue();
            Issuer.Issued made = desk.event(step.get("draft"), step.get("at").longValue(), convd, partitions);
            desk.wrote(made.partition(), made.cover());
            return Wire.JSON.createObjectNode().put("accepted", true).set("record", made.record());
        } catch (Wire.Refused fault) {
            return refusal(fault.getMessage());
        }
    }

    private static ObjectNode taken(Desk desk, JsonNode record) throws IOException {
        List<Desk.Header> headers = new ArrayList<>();
        for (JsonNode one : record.get("headers")) {
            byte[] value = one.get(1).isNull() ? null : Wire.ascii(one.get(1).textValue());
            headers.add(new Desk.Header(one.get(0).textValue(), value));
        }
        return desk.take(record.get("partition").intValue(), headers, Wire.ascii(record.get("value").textValue())).said();
    }

    private static ObjectNode refusal(String code) {
        return Wire.JSON.createObjectNode().put("accepted", false).put("reason", code);
    }
}
