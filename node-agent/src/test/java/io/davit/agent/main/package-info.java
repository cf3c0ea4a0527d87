/** Tests of the program's edges: command line, configuration, log, and the whole of it. */
@NullMarked
package io.davit.agent.main;

import org.jspecify.annotations.NullMarked;
