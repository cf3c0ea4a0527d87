/**
 * How the agent is replaced by another build of itself. Here a build is fetched, held to what the
 * controller says of it, unpacked beside the one that runs, and put on trial. The change itself,
 * and the way back, belong to {@code davit-agent-switch}: a script outside of every build, which
 * needs nothing of what it changes.
 */
@NullMarked
package io.davit.agent.upgrade;

import org.jspecify.annotations.NullMarked;
