// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;

/** {@code auth} of an exporter: configauth.Config. */
public final class ClientAuthConfig {
  public static final Key<String> AUTHENTICATOR =
      Key.of(
              "authenticator",
              Types.text(),
              "The extension whose credentials go with every request: bearertokenauth, basicauth or"
                  + " headers_setter.")
          .mandatory();

  /** The key under which the section stands. */
  public static final Key<Settings> AUTH =
      Key.of("auth", Types.optionalSection(Section.of(AUTHENTICATOR)), "Who we say that we are.");

  private ClientAuthConfig() {}
}
