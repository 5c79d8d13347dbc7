// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;

/** The extension {@code basicauth}, for exporters or for receivers. */
public final class BasicAuthConfig {

  /** {@code client_auth}. */
  public static final class ClientAuth {
    public static final Key<String> USERNAME = Key.of("username", Types.text(), "Who we are.");
    public static final Key<String> USERNAME_FILE =
        Key.of(
            "username_file",
            Types.path(),
            "A file that says it, instead; it is read again when it changes.");
    public static final Key<String> PASSWORD =
        Key.of("password", Types.secret(), "What proves it.");
    public static final Key<String> PASSWORD_FILE =
        Key.of(
            "password_file",
            Types.path(),
            "A file that holds it, instead; it is read again when it changes.");

    private ClientAuth() {}
  }

  public static final Key<Settings> CLIENT_AUTH =
      Key.of(
          "client_auth",
          Types.section(
              Section.of(
                      ClientAuth.USERNAME,
                      ClientAuth.USERNAME_FILE,
                      ClientAuth.PASSWORD,
                      ClientAuth.PASSWORD_FILE)
                  .check(
                      (settings, at) -> {
                        if (!settings.says(ClientAuth.USERNAME)
                            && !settings.says(ClientAuth.USERNAME_FILE)) {
                          at.error(settings.origin(), "lacks username or username_file");
                        }
                        if (!settings.says(ClientAuth.PASSWORD)
                            && !settings.says(ClientAuth.PASSWORD_FILE)) {
                          at.error(settings.origin(), "lacks password or password_file");
                        }
                      })),
          "The credentials of exporters.");

  /** {@code htpasswd}. */
  public static final class Htpasswd {
    public static final Key<String> FILE =
        Key.of(
            "file",
            Types.path(),
            "A file with a user:password in each line, as htpasswd of Apache writes them: by"
                + " bcrypt (-B), $apr1$ (-m), $5$, $6$, {SHA}, {SSHA}, or plain.");
    public static final Key<String> INLINE =
        Key.of("inline", Types.secret(), "Such lines, which count before the file's.");

    private Htpasswd() {}
  }

  public static final Key<Settings> HTPASSWD =
      Key.of(
          "htpasswd",
          Types.section(
              Section.of(Htpasswd.FILE, Htpasswd.INLINE)
                  .check(
                      (settings, at) -> {
                        if (!settings.says(Htpasswd.FILE) && !settings.says(Htpasswd.INLINE)) {
                          at.error(settings.origin(), "lacks file or inline");
                        }
                      })),
          "Who may send to receivers.");

  static final Declaration DECLARATION =
      Declaration.extension(
          "basicauth",
          Section.of(CLIENT_AUTH, HTPASSWD)
              .check(
                  (settings, at) -> {
                    if (settings.says(CLIENT_AUTH) == settings.says(HTPASSWD)) {
                      at.error(
                          settings.origin(),
                          "needs either client_auth, for exporters, or htpasswd, for receivers");
                    }
                  }),
          "A user name and a password for the exporters, or those that receivers let in, whose"
              + " auth::authenticator names it.",
          """
          client_auth:
            username: shop
            password_file: /run/secrets/otlp-password
          """);

  private BasicAuthConfig() {}
}
