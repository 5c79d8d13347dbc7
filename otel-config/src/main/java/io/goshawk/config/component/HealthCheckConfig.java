// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;

/** The extension {@code health_check}. */
public final class HealthCheckConfig {

  /** {@code response_body}. */
  public static final class ResponseBody {
    public static final Key<String> HEALTHY =
        Key.of("healthy", Types.text(), "The answer while all is well.");
    public static final Key<String> UNHEALTHY =
        Key.of("unhealthy", Types.text(), "The answer while it is not.");

    private ResponseBody() {}
  }

  public static final Key<String> ENDPOINT =
      Key.of("endpoint", Types.hostPort(), "Where it answers.").or("localhost:13133");
  public static final Key<String> PATH =
      Key.of("path", Types.text(), "The path that is asked for.").or("/");
  public static final Key<Settings> RESPONSE_BODY =
      Key.of(
          "response_body",
          Types.optionalSection(Section.of(ResponseBody.HEALTHY, ResponseBody.UNHEALTHY)),
          "Other answers than the Collector's.");

  static final Declaration DECLARATION =
      Declaration.extension(
          "health_check",
          Section.of(
              ENDPOINT,
              PATH,
              RESPONSE_BODY,
              NotYet.key("tls"),
              NotYet.key("auth"),
              NotYet.key("cors"),
              NotYet.tuning("check_collector_pipeline")),
          "Answers 200 while the agent is ready, else 503.",
          """
          endpoint: 0.0.0.0:13133
          """);

  private HealthCheckConfig() {}
}
