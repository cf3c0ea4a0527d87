package io.davit.controller.store;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.jsontype.NamedType;

/**
 * Lets a sealed interface stand in a document: its value carries a field {@code kind} with the
 * simple name of the record, and only the permitted records can come back. The set is closed by the
 * compiler, so nothing in a document can name any other class.
 */
final class SealedChoices extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1L;

    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(
            MapperConfig<?> config, Annotated annotated) {
        if (annotated instanceof AnnotatedClass type && isChoice(type.getRawType())) {
            return JsonTypeInfo.Value.construct(
                    JsonTypeInfo.Id.SIMPLE_NAME,
                    JsonTypeInfo.As.PROPERTY,
                    "kind",
                    null,
                    false,
                    true);
        }
        return super.findPolymorphicTypeInfo(config, annotated);
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(MapperConfig<?> config, Annotated annotated) {
        if (annotated instanceof AnnotatedClass type && isChoice(type.getRawType())) {
            var found = new ArrayList<NamedType>();
            addPermitted(type.getRawType(), found);
            return found;
        }
        return super.findSubtypes(config, annotated);
    }

    private static boolean isChoice(Class<?> type) {
        return type.isInterface() && type.isSealed();
    }

    private static void addPermitted(Class<?> choice, Collection<NamedType> found) {
        for (Class<?> permitted : choice.getPermittedSubclasses()) {
            if (isChoice(permitted)) {
                addPermitted(permitted, found);
            } else {
                found.add(new NamedType(permitted, permitted.getSimpleName()));
            }
        }
    }
}
