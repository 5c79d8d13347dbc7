// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

/** What the spans of one library may say; a library has a record of its own that implements it. */
public interface LibrarySettings {}
