// SPDX-License-Identifier: Apache-2.0
/**
 * The configuration as a tree in which every value knows where it came from: YAML text, environment
 * variables and flags all end up here, so that there is one way from text to a running pipeline.
 *
 * <p>{@link io.goshawk.config.tree.ConfigSource} is the door for text, {@link
 * io.goshawk.config.tree.TreeBuilder} for everything else; {@link
 * io.goshawk.config.tree.MapNode#mergedWith} lays one tree over another. Nothing of the YAML
 * library is loaded before there is YAML to read. Trees are immutable.
 */
@NullMarked
package io.goshawk.config.tree;

import org.jspecify.annotations.NullMarked;
