package io.davit.controller.store;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.jsontype.NamedType;

/**
 * Choices (sealed interfaces) carry the simple name of their record as "kind". Only the permitted
 * records of the declared type can be read: no type name from a document ever loads a class.
 */
final class SealedTypes extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1L;

    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(
            MapperConfig<?> config, Annotated annotated) {
        if (!annotated.getRawType().isSealed()) {
            return super.findPolymorphicTypeInfo(config, annotated);
        }
        return JsonTypeInfo.Value.construct(
                JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, "kind", null, false, true);
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(MapperConfig<?> config, Annotated annotated) {
        if (!annotated.getRawType().isSealed()) {
            return super.findSubtypes(config, annotated);
        }
        var found = new ArrayList<NamedType>();
        collect(annotated.getRawType(), found);
        return found;
    }

    private static void collect(Class<?> type, List<NamedType> found) {
        if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                collect(permitted, found);
            }
        } else {
            found.add(new NamedType(type, type.getSimpleName()));
        }
    }
}
