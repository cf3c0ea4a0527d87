/**
 * How this machine becomes a host: a join token is found, the controller is recognised by the
 * token's pin, a key made here is certified, and the token is destroyed once the identity has held
 * a session. Nothing here acts on the host, and the token's secret leaves this package only towards
 * a controller that was recognised.
 */
@NullMarked
package io.davit.agent.enroll;

import org.jspecify.annotations.NullMarked;
