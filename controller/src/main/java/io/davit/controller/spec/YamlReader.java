package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.YamlTree.Entry;
import io.davit.controller.spec.YamlTree.Items;
import io.davit.controller.spec.YamlTree.Place;
import io.davit.controller.spec.YamlTree.Scalar;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads one YAML document from untrusted bytes. Size and depth are bounded; anchors, aliases, tags,
 * duplicate keys and several documents are refused, so that what is read is what a person sees in
 * the file.
 */
final class YamlReader {

    static final int MAX_BYTES = 1 << 20;
    static final int MAX_DEPTH = 50;

    private final ProblemList problems;
    private Iterator<Event> events = java.util.Collections.emptyIterator();
    private boolean givenUp;

    YamlReader(ProblemList problems) {
        this.problems = problems;
    }

    /** The document, or empty when it cannot be read at all; the problems say why. */
    Optional<YamlTree> read(byte[] yaml) {
        if (yaml.length > MAX_BYTES) {
            problems.add(
                    Place.NOWHERE,
                    "",
                    "too-large",
                    "the file has " + yaml.length + " bytes; at most " + MAX_BYTES + " are read",
                    "is this a cluster spec?");
            return Optional.empty();
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
        } catch (CharacterCodingException e) {
            problems.add(
                    Place.NOWHERE, "", "yaml-syntax", "the file is not UTF-8", "save it as UTF-8");
            return Optional.empty();
        }
        var settings =
                LoadSettings.builder().setUseMarks(true).setCodePointLimit(MAX_BYTES).build();
        try {
            events = new Parse(settings).parseString(text).iterator();
            return document();
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark();
            problems.add(
                    mark.map(m -> new Place(m.getLine() + 1, m.getColumn() + 1))
                            .orElse(Place.NOWHERE),
                    "",
                    "yaml-syntax",
                    "cannot read YAML: " + Names.printable(e.getProblem()),
                    "check indentation and quotes here and in the line before");
            return Optional.empty();
        } catch (YamlEngineException e) {
            problems.add(
                    Place.NOWHERE,
                    "",
                    "yaml-syntax",
                    "cannot read YAML: " + Names.printable(String.valueOf(e.getMessage())),
                    "remove the character");
            return Optional.empty();
        }
    }

    private Optional<YamlTree> document() {
        Optional<YamlTree> root = Optional.empty();
        while (events.hasNext() && !givenUp) {
            Event event = events.next();
            if (!(event instanceof NodeEvent node)) {
                continue;
            }
            if (root.isPresent()) {
                refuse(
                        node,
                        "several-documents",
                        "a second document starts here",
                        "one file, one cluster");
                break;
            }
            root = node(node, 1);
        }
        return givenUp ? Optional.empty() : root;
    }

    /** Reads a node whose first event is given; empty after a problem that ends all reading. */
    private Optional<YamlTree> node(NodeEvent event, int depth) {
        if (depth > MAX_DEPTH) {
            return refuse(event, "too-deep", "nested deeper than " + MAX_DEPTH, "make it flatter");
        }
        if (event instanceof AliasEvent || event.getAnchor().isPresent()) {
            return refuse(
                    event, "alias", "anchors and aliases are not read", "write the value out");
        }
        return switch (event) {
            case ScalarEvent scalar when scalar.getTag().isPresent() -> tagRefused(event);
            case CollectionStartEvent start when start.getTag().isPresent() -> tagRefused(event);
            case ScalarEvent scalar ->
                    Optional.of(
                            new Scalar(
                                    place(event),
                                    scalar.getValue(),
                                    scalar.getScalarStyle() == ScalarStyle.PLAIN));
            case SequenceStartEvent start -> items(start, depth);
            case MappingStartEvent start -> fields(start, depth);
            default -> throw new IllegalStateException("no such event: " + event);
        };
    }

    private Optional<YamlTree> items(NodeEvent start, int depth) {
        var nodes = new ArrayList<YamlTree>();
        while (events.next() instanceof NodeEvent next) {
            var node = node(next, depth + 1);
            if (node.isEmpty()) {
                return Optional.empty();
            }
            nodes.add(node.get());
        }
        return Optional.of(new Items(place(start), nodes));
    }

    private Optional<YamlTree> fields(NodeEvent start, int depth) {
        var fields = new YamlTree.FieldsBuilder(place(start));
        while (events.next() instanceof NodeEvent next) {
            var key = node(next, depth + 1);
            if (key.isEmpty()) {
                return Optional.empty();
            }
            if (!(key.get() instanceof Scalar name)) {
                return refuse(next, "wrong-type", "a key must be a plain word", "write KEY: VALUE");
            }
            var value =
                    events.next() instanceof NodeEvent v
                            ? node(v, depth + 1)
                            : Optional.<YamlTree>empty();
            if (value.isEmpty()) {
                return Optional.empty();
            }
            if (!fields.add(new Entry(name.place(), name.text(), value.get()))) {
                problems.add(
                        name.place(),
                        Names.printable(name.text()),
                        "duplicate-key",
                        "key \"" + Names.printable(name.text()) + "\" stands here a second time",
                        "keep one of them");
            }
        }
        return Optional.of(fields.build());
    }

    private Optional<YamlTree> tagRefused(NodeEvent event) {
        return refuse(event, "tag", "tags are not read", "remove the part that starts with \"!\"");
    }

    private Optional<YamlTree> refuse(NodeEvent event, String code, String message, String remedy) {
        problems.add(place(event), "", code, message, remedy);
        givenUp = true;
        return Optional.empty();
    }

    private static Place place(Event event) {
        return event.getStartMark()
                .map(mark -> new Place(mark.getLine() + 1, mark.getColumn() + 1))
                .orElse(Place.NOWHERE);
    }
}
