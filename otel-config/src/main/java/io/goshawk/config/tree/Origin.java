// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

/** Where a value came from, in the words of a message. */
public sealed interface Origin {

  /**
   * A place in a text.
   *
   * @param source name of the file, or the URI that was given instead of one
   * @param line from 1 on
   * @param column from 1 on, in characters
   */
  record Position(String source, int line, int column) implements Origin {
    @Override
    public String toString() {
      return source + ":" + line + ":" + column;
    }
  }

  /** A text as a whole, or one that could not be had at all. */
  record Source(String source) implements Origin {
    @Override
    public String toString() {
      return source;
    }
  }

  /** An environment variable of the agent. */
  record Variable(String name) implements Origin {
    @Override
    public String toString() {
      return name;
    }
  }

  /** An option of the command line, such as {@code --port}. */
  record Flag(String name) implements Origin {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Nobody said it. */
  record Default() implements Origin {
    @Override
    public String toString() {
      return "default";
    }
  }

  /** The one {@link Default}. */
  Origin DEFAULT = new Default();
}
