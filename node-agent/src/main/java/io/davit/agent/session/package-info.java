/**
 * The one connection to the controller: dialled, held, dialled again. It carries questions and work
 * to the engine and answers and results back, and decides nothing about them; losing it stops no
 * work. Nothing here touches the host.
 */
@NullMarked
package io.davit.agent.session;

import org.jspecify.annotations.NullMarked;
