/** Tests of the package, on real files and real TLS. */
@NullMarked
package io.davit.agent.enroll;

import org.jspecify.annotations.NullMarked;
