// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.ListNode;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.ScalarNode;

/** The place in a configuration that is being read, and where findings about it go. */
public final class Reading {
  private final Findings findings;
  private final String path;

  private Reading(Findings findings, String path) {
    this.findings = findings;
    this.path = path;
  }

  /** At the top of a configuration. */
  public static Reading of(Findings findings) {
    return new Reading(findings, "");
  }

  /** At a map's value. */
  public Reading member(String key) {
    return new Reading(findings, Finding.member(path, key));
  }

  /** At a list's element, counted from 0. */
  public Reading element(int index) {
    return new Reading(findings, Finding.element(path, index));
  }

  /** The keys that lead here. */
  public String path() {
    return path;
  }

  /** Something here is wrong. */
  public void error(Origin origin, String what) {
    findings.error(origin, path, what);
  }

  /** Something here is odd. */
  public void warning(Origin origin, String what) {
    findings.warning(origin, path, what);
  }

  /** It is something else than what belongs here. */
  void mismatch(Node node, String expected) {
    error(node.origin(), "is " + describe(node) + " and should be " + expected);
  }

  private static String describe(Node node) {
    if (node instanceof MapNode) {
      return "a map";
    }
    if (node instanceof ListNode) {
      return "a list";
    }
    ScalarNode scalar = (ScalarNode) node;
    String from =
        scalar.variables().isEmpty()
            ? ""
            : " (from the variable " + String.join(", ", scalar.variables()) + ")";
    return switch (scalar.kind()) {
          case NULL -> "empty";
          case BOOL, INT, FLOAT -> shortened(scalar.text());
          case TEXT -> "the text \"" + shortened(scalar.text()) + "\"";
        }
        + from;
  }

  /** As much of a text as a message can bear. */
  public static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
