@NullMarked
package io.davit.controller.snapshot;

import org.jspecify.annotations.NullMarked;
