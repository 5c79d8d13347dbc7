// SPDX-License-Identifier: Apache-2.0
/**
 * Databases that tests start: Debian's PostgreSQL and MariaDB, each with data of its own on a port
 * of its own. {@link io.goshawk.tests.database.DatabaseServer} is all there is.
 */
@NullMarked
package io.goshawk.tests.database;

import org.jspecify.annotations.NullMarked;
