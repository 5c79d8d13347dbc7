// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where the agent of a test sends its spans. */
public interface Destination {

  /** What the agent is told by its environment. */
  Map<String, String> environment();

  /** What the agent is told by its arguments: the command and how it exports. */
  List<String> arguments();

  /** To be called when the agent has ended: the spans, as OTLP/JSON, one TracesData per line. */
  Path finish();

  /** A file that the agent itself writes. */
  static Destination file(Path file) {
    return new Destination() {
      @Override
      public Map<String, String> environment() {
        return Map.of();
      }

      @Override
      public List<String> arguments() {
        return List.of("capture", "--output", file.toString());
      }

      @Override
      public Path finish() {
        return file;
      }
    };
  }
}
