// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;

/** The extension {@code zpages}. */
public final class ZpagesConfig {
  public static final Key<String> ENDPOINT =
      Key.of("endpoint", Types.hostPort(), "Where it answers, below /debug.").or("localhost:55679");

  static final Declaration DECLARATION =
      Declaration.extension(
          "zpages",
          Section.of(
              ENDPOINT,
              NotYet.key("expvar"),
              NotYet.key("tls"),
              NotYet.key("auth"),
              NotYet.key("cors")),
          "Pages that show what the agent is doing: pipelines, extensions, traced processes.",
          """
          endpoint: localhost:55679
          """);

  private ZpagesConfig() {}
}
