// SPDX-License-Identifier: Apache-2.0
/**
 * What can be told of configurations: a configuration as it counts, the components there are, the
 * reference page of all keys and the JSON schema, all from the declarations that validate.
 */
@NullMarked
package io.goshawk.config.report;

import org.jspecify.annotations.NullMarked;
