package io.davit.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a new protocol breaks of an old one: a message, field, enum value, service or method that is
 * gone (a field or value may go if its number and name are reserved), or that has another type,
 * label, name or home in a oneof.
 */
final class Compatibility {

    private final List<String> breaks = new ArrayList<>();

    private Compatibility() {}

    static List<String> breaks(FileDescriptorSet before, FileDescriptorSet now) {
        var compatibility = new Compatibility();
        Map<String, FileDescriptorProto> files =
                by(now.getFileList(), FileDescriptorProto::getName);
        for (var old : before.getFileList()) {
            var file = files.get(old.getName());
            if (file == null) {
                compatibility.breaks.add("file " + old.getName() + " is gone");
            } else {
                compatibility.file(old, file);
            }
        }
        return compatibility.breaks;
    }

    private void file(FileDescriptorProto old, FileDescriptorProto now) {
        same(old.getName(), "package", old.getPackage(), now.getPackage());
        var messages = by(now.getMessageTypeList(), DescriptorProto::getName);
        old.getMessageTypeList()
                .forEach(m -> present(m.getName(), messages.get(m.getName()), n -> message(m, n)));
        var enums = by(now.getEnumTypeList(), EnumDescriptorProto::getName);
        old.getEnumTypeList()
                .forEach(e -> present(e.getName(), enums.get(e.getName()), n -> enumeration(e, n)));
        var services = by(now.getServiceList(), ServiceDescriptorProto::getName);
        old.getServiceList()
                .forEach(s -> present(s.getName(), services.get(s.getName()), n -> service(s, n)));
    }

    private void message(DescriptorProto old, DescriptorProto now) {
        for (var field : old.getFieldList()) {
            String name = old.getName() + "." + field.getName();
            var match =
                    now.getFieldList().stream()
                            .filter(f -> f.getNumber() == field.getNumber())
                            .findFirst();
            if (match.isEmpty()) {
                boolean number =
                        now.getReservedRangeList().stream()
                                .anyMatch(r ->
                                        r.getStart() <= field.getNumber()
                                                && field.getNumber() < r.getEnd());
                if (!number || !now.getReservedNameList().contains(field.getName())) {
                    breaks.add(name + " is gone, and its number and name are not reserved");
                }
                continue;
            }
            field(name, old, field, now, match.get());
        }
        var nested = by(now.getNestedTypeList(), DescriptorProto::getName);
        old.getNestedTypeList()
                .forEach(m -> present(m.getName(), nested.get(m.getName()), n -> message(m, n)));
    }

    private void field(
            String name,
            DescriptorProto oldHome,
            FieldDescriptorProto old,
            DescriptorProto nowHome,
            FieldDescriptorProto now) {
        same(name, "name", old.getName(), now.getName());
        same(
                name,
                "type",
                old.getType() + " " + old.getTypeName(),
                now.getType() + " " + now.getTypeName());
        same(name, "label", old.getLabel().name(), now.getLabel().name());
        same(name, "oneof", oneof(oldHome, old), oneof(nowHome, now));
    }

    private static String oneof(DescriptorProto home, FieldDescriptorProto field) {
        return field.hasOneofIndex() ? home.getOneofDecl(field.getOneofIndex()).getName() : "";
    }

    private void enumeration(EnumDescriptorProto old, EnumDescriptorProto now) {
        for (var value : old.getValueList()) {
            var match =
                    now.getValueList().stream()
                            .filter(v -> v.getNumber() == value.getNumber())
                            .findFirst();
            if (match.isEmpty()) {
                breaks.add(old.getName() + "." + value.getName() + " is gone");
            } else {
                same(
                        old.getName(),
                        "value " + value.getNumber(),
                        value.getName(),
                        match.get().getName());
            }
        }
    }

    private void service(ServiceDescriptorProto old, ServiceDescriptorProto now) {
        var methods = by(now.getMethodList(), MethodDescriptorProto::getName);
        for (var method : old.getMethodList()) {
            String name = old.getName() + "." + method.getName();
            present(
                    name,
                    methods.get(method.getName()),
                    found -> same(name, "form", form(method), form(found)));
        }
    }

    private static String form(MethodDescriptorProto method) {
        return (method.getClientStreaming() ? "stream " : "")
                + method.getInputType()
                + " → "
                + (method.getServerStreaming() ? "stream " : "")
                + method.getOutputType();
    }

    private <T> void present(
            String name,
            @org.jspecify.annotations.Nullable T found,
            java.util.function.Consumer<T> check) {
        if (found == null) {
            breaks.add(name + " is gone");
        } else {
            check.accept(found);
        }
    }

    private void same(String name, String what, String old, String now) {
        if (!old.equals(now)) {
            breaks.add(name + ": " + what + " was \"" + old + "\", is \"" + now + "\"");
        }
    }

    private static <T> Map<String, T> by(List<T> list, Function<T, String> name) {
        var map = new LinkedHashMap<String, T>();
        list.forEach(entry -> map.put(name.apply(entry), entry));
        return map;
    }
}
