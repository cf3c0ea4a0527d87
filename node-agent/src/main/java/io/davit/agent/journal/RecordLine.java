package io.davit.agent.journal;

import io.davit.agent.journal.JournalRecord.Acknowledged;
import io.davit.agent.journal.JournalRecord.Done;
import io.davit.agent.journal.JournalRecord.Intent;
import io.davit.agent.journal.JournalRecord.Reign;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A record as one line: CRC-32C of the rest in 8 hex digits, a space, JSON. */
final class RecordLine {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RecordLine() {}

    static String write(JournalRecord record) {
        ObjectNode json = JSON.createObjectNode();
        switch (record) {
            case Intent intent -> {
                json.put("phase", "INTENT");
                key(json, intent.key());
                json.put("epoch", intent.epoch());
                json.put("digest", intent.digest());
                json.put("body", Base64.getEncoder().encodeToString(intent.step()));
            }
            case Done done -> {
                json.put("phase", "DONE");
                key(json, done.key());
                json.put("epoch", done.epoch());
                json.put("outcome", done.outcome());
                json.put("body", Base64.getEncoder().encodeToString(done.result()));
            }
            case Acknowledged acknowledged -> {
                json.put("phase", "ACKNOWLEDGED");
                key(json, acknowledged.key());
            }
            case Reign reign -> {
                json.put("phase", "EPOCH");
                json.put("epoch", reign.epoch());
                json.put("operationSequence", reign.operationSequence());
                json.put("reign", reign.id());
            }
        }
        String text = JSON.writeValueAsString(json);
        return crc(text) + " " + text + "\n";
    }

    /** Empty if the line is damaged. */
    static Optional<JournalRecord> read(String line) {
        if (line.length() < 10
                || line.charAt(8) != ' '
                || !crc(line.substring(9)).equals(line.substring(0, 8))) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(JSON.readTree(line.substring(9))));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static JournalRecord parse(JsonNode json) {
        String phase = json.path("phase").asString("");
        return switch (phase) {
            case "INTENT" ->
                    new Intent(
                            key(json),
                            json.path("epoch").asLong(0),
                            json.path("digest").asString(""),
                            Base64.getDecoder().decode(json.path("body").asString("")));
            case "DONE" ->
                    new Done(
                            key(json),
                            json.path("epoch").asLong(0),
                            json.path("outcome").asString(""),
                            Base64.getDecoder().decode(json.path("body").asString("")));
            case "ACKNOWLEDGED" -> new Acknowledged(key(json));
            case "EPOCH" ->
                    new Reign(
                            json.path("epoch").asLong(0),
                            json.path("operationSequence").asLong(0),
                            json.path("reign").asString(""));
            default -> throw new IllegalArgumentException("unknown phase " + phase);
        };
    }

    private static void key(ObjectNode json, StepKey key) {
        json.put("operation", key.operationId());
        json.put("step", key.stepId());
        json.put("attempt", key.attempt());
    }

    private static StepKey key(JsonNode json) {
        return new StepKey(
                json.path("operation").asString(""),
                json.path("step").asString(""),
                json.path("attempt").asInt(0));
    }

    private static String crc(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
