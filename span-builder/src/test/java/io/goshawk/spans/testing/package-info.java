/**
 * What tests of spans share, here and in other modules (as this module's test jar): an assertion
 * for spans, their text form, records like the kernel's, and the cases of property tests.
 */
@NullMarked
package io.goshawk.spans.testing;

import org.jspecify.annotations.NullMarked;
