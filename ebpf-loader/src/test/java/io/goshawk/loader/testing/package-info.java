/** What tests of several packages share: the cases of property tests. */
@NullMarked
package io.goshawk.loader.testing;

import org.jspecify.annotations.NullMarked;
