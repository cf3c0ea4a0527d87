/**
 * Who changed what, when: the only way to change the state, and its tamper-evident record. The
 * chain of rows, its check and the rate limit for denied calls may enter; deciding who may do what
 * belongs to {@code access}.
 */
@NullMarked
package io.davit.controller.audit;

import org.jspecify.annotations.NullMarked;
