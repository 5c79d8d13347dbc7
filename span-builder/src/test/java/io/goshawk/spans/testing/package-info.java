// SPDX-License-Identifier: Apache-2.0
/**
 * What tests of spans share, here and in other modules (as this module's test jar): an assertion
 * for spans, their text form, and records like the kernel's.
 */
@NullMarked
package io.goshawk.spans.testing;

import org.jspecify.annotations.NullMarked;
