import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** As much of JSON Schema 2020-12 as the specification's two schemas are written in; a keyword more is an error. */
record Schema(JsonNode file) {
    private static final Set<String> WORDS = Set.of("title", "description", "default", "then");

    /** One of the specification's. */
    static Schema read(String name) {
        Path folder = Path.of(System.getProperty("specification", "docs/specification"));
        try {
            return new Schema(Wire.JSON.readTree(Files.readAllBytes(folder.resolve(name + ".schema.json"))));
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    boolean fits(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) return schema.booleanValue();
        return schema.properties().stream().allMatch(one -> holds(one.getKey(), one.getValue(), schema, value));
    }

    private boolean holds(String word, JsonNode rule, JsonNode schema, JsonNode value) {
        return switch (word) {
            case "$ref" -> fits(file.at(rule.textValue().substring(1)), value);
            case "type" -> switch (rule.textValue()) {
                case "string" -> value.isTextual();
                case "integer" -> value.isIntegralNumber();
                case "boolean" -> value.isBoolean();
                case "array" -> value.isArray();
                case "object" -> value.isObject();
                default -> throw new IllegalStateException(word);
            };
            case "enum" -> some(rule, value::equals) > 0;
            case "const" -> value.equals(rule);
            case "pattern" -> !value.isTextual() || Pattern.compile(rule.textValue()).matcher(value.textValue()).find();
            case "minLength" -> !value.isTextual() || length(value) >= rule.intValue();
            case "maxLength" -> !value.isTextual() || length(value) <= rule.intValue();
            case "minimum" -> !value.isNumber() || value.longValue() >= rule.longValue();
            case "maximum" -> !value.isNumber() || value.longValue() <= rule.longValue();
            case "minItems" -> !value.isArray() || value.size() >= rule.intValue();
            case "maxItems" -> !value.isArray() || value.size() <= rule.intValue();
            case "items" -> !value.isArray() || IntStream.range(schema.path("prefixItems").size(), value.size())
                .allMatch(at -> fits(rule, value.get(at)));
            case "prefixItems" -> !value.isArray() || IntStream.range(0, Math.min(rule.size(), value.size()))
                .allMatch(at -> fits(rule.get(at), value.get(at)));
            case "required" -> !value.isObject() || some(rule, name -> value.has(name.textValue())) == rule.size();
            case "properties" -> value.properties().stream()
                .allMatch(one -> !rule.has(one.getKey()) || fits(rule.get(one.getKey()), one.getValue()));
            case "additionalProperties" -> value.properties().stream()
                .allMatch(one -> schema.path("properties").has(one.getKey()) || fits(rule, one.getValue()));
            case "propertyNames" -> value.properties().stream()
                .allMatch(one -> fits(rule, TextNode.valueOf(one.getKey())));
            case "anyOf" -> some(rule, one -> fits(one, value)) > 0;
            case "oneOf" -> some(rule, one -> fits(one, value)) == 1;
            case "allOf" -> some(rule, one -> fits(one, value)) == rule.size();
            case "not" -> !fits(rule, value);
            case "if" -> !fits(rule, value) || fits(schema.get("then"), value);
            default -> {
                if (!WORDS.contains(word)) throw new IllegalStateException(word);
                yield true;
            }
        };
    }

    private static long length(JsonNode value) {
        return value.textValue().codePointCount(0, value.textValue().length());
    }

    private static long some(JsonNode list, Predicate<JsonNode> holds) {
        return StreamSupport.stream(list.spliterator(), false).filter(holds).count();
    }
}
