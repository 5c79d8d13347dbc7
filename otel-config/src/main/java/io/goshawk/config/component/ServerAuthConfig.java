// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;

/** {@code auth} of a receiver: configauth.Config. */
public final class ServerAuthConfig {
  public static final Key<String> AUTHENTICATOR =
      Key.of(
              "authenticator",
              Types.text(),
              "The extension that lets requests in: bearertokenauth, or basicauth with htpasswd.")
          .mandatory();

  /** The key under which the section stands. */
  public static final Key<Settings> AUTH =
      Key.of(
          "auth",
          Types.optionalSection(Section.of(AUTHENTICATOR)),
          "Who may send; without it everybody who can connect.");

  private ServerAuthConfig() {}
}
