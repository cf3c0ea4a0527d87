/**
 * Who this host is to the controller: key, certificate, the roots it trusts, and the machine they
 * were made for, kept in one folder that is replaced whole. Files and their checks belong here; how
 * an identity is won (enroll) and what is done with it (session) do not.
 */
@NullMarked
package io.davit.agent.identity;

import org.jspecify.annotations.NullMarked;
