/**
 * How a machine becomes a host, and what is known of it from then on: tokens, enrolment, approval,
 * removal. Host and token records and the calls on them may enter; sessions of enrolled hosts and
 * what is done on them may not.
 */
@NullMarked
package io.davit.controller.enroll;

import org.jspecify.annotations.NullMarked;
