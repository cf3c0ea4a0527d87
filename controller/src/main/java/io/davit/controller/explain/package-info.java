/**
 * What is behind the texts that programs say when they fail, and what a person can do. Texts enter,
 * a cause and a remedy leave; nothing is asked or changed.
 */
@NullMarked
package io.davit.controller.explain;

import org.jspecify.annotations.NullMarked;
