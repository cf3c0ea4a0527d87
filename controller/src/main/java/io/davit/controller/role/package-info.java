/**
 * What the roles have in common: where things are by agreement with the agent's profiles. One
 * package below this one per role holds its part of a plan and its files' text. Pure: facts and
 * spec in, steps and text out.
 */
@NullMarked
package io.davit.controller.role;

import org.jspecify.annotations.NullMarked;
