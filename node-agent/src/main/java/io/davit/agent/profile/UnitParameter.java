package io.davit.agent.profile;

import java.util.regex.Pattern;

/**
 * A value that goes into a unit's text.
 *
 * @param restarts a running service is restarted when it changes
 */
public record UnitParameter(String name, Pattern grammar, boolean restarts) {}
