@NullMarked
package io.davit.controller.upgrade;

import org.jspecify.annotations.NullMarked;
