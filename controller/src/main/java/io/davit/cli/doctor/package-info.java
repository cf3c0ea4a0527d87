/**
 * What may be in the way of an operator, or of a controller on its host, before anything is
 * installed or when something does not work. Only reads. Machines and controllers are seen through
 * small interfaces, so that tests can make them ill.
 */
@NullMarked
package io.davit.cli.doctor;

import org.jspecify.annotations.NullMarked;
