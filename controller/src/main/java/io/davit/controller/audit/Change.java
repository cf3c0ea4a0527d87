package io.davit.controller.audit;

/**
 * What is about to be changed, for the record.
 *
 * @param actor who asked
 * @param method full name of the RPC, or a name for what the controller does by itself
 * @param target what it is done to: "host/3f…", "token/q7m2x9k4tb"
 * @param arguments the request in any stable form without secrets; only its digest is kept
 */
public record Change(Actor actor, String method, String target, String arguments) {}
