// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

/** What spans may say, of one library mostly, which has a record of its own that implements it. */
public interface LibrarySettings {}
