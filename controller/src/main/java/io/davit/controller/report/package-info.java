/**
 * The last stage: what operators are told. From the values of the other stages to the messages of
 * the operators' service, and the words of a status. Values go in and messages come out; nothing
 * here decides, asks or stores.
 */
@NullMarked
package io.davit.controller.report;

import org.jspecify.annotations.NullMarked;
