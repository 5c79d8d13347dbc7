// SPDX-License-Identifier: Apache-2.0
/**
 * Our programs at work: loaded, told what to do, attached to executables, asked what they counted.
 *
 * <p>A session belongs to the thread that opens it; its maps may be used from any. Start reading at
 * {@link io.goshawk.loader.session.TracingSession}.
 */
@NullMarked
package io.goshawk.loader.session;

import org.jspecify.annotations.NullMarked;
