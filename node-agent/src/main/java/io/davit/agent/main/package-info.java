/**
 * The agent as a program: its command line, its configuration, its log, and the one place where all
 * parts are put together. Nothing else belongs here, and nothing imports it.
 */
@NullMarked
package io.davit.agent.main;

import org.jspecify.annotations.NullMarked;
