package io.davit.controller.spec;

/** A field that differs from the accepted generation; an empty value means that it is not there. */
public record FieldChange(String path, String oldValue, String newValue) {}
