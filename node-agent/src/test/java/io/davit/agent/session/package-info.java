/** Tests of the package, on real files and real TLS. */
@NullMarked
package io.davit.agent.session;

import org.jspecify.annotations.NullMarked;
