/**
 * Who may call what: the identity of a peer, the one table of all methods, and the gate that every
 * call goes through. What a call does, and how sockets are opened, stays outside; identities come
 * from certificates only, never from messages.
 */
@NullMarked
package io.davit.controller.access;

import org.jspecify.annotations.NullMarked;
