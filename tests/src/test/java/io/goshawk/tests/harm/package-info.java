/** What tracing must not do to the traced: lose requests, or leave anything behind in them. */
@NullMarked
package io.goshawk.tests.harm;

import org.jspecify.annotations.NullMarked;
