/**
 * How plans, operations and clusters look to a person: from the messages of the operators' service
 * to text. Pure functions of messages, width and time enter; nothing here talks to the controller
 * or reads a clock.
 */
@NullMarked
package io.davit.cli.view;

import org.jspecify.annotations.NullMarked;
