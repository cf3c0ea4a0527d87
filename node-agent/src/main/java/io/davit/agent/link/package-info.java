/**
 * How a controller is reached and by what it is recognised: channels over TLS 1.3, the check of its
 * certificate against pins or a bundle, backoff between attempts. What is said over a channel does
 * not belong here, nor who this host is.
 */
@NullMarked
package io.davit.agent.link;

import org.jspecify.annotations.NullMarked;
