// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.util.List;

/** The extension {@code bearertokenauth}, for exporters and receivers. */
public final class BearerTokenAuthConfig {
  public static final Key<String> HEADER =
      Key.of("header", Types.text(), "The header that carries it.").or("Authorization");
  public static final Key<String> SCHEME =
      Key.of("scheme", Types.text(), "What stands before the token; \"\" for nothing.")
          .or("Bearer");
  public static final Key<String> TOKEN =
      Key.of("token", Types.secret(), "The token; filename counts where there are both.");
  public static final Key<List<String>> TOKENS =
      Key.of(
          "tokens",
          Types.listOf(Types.secret()),
          "Tokens, of which an exporter sends the first and a receiver takes each.");
  public static final Key<String> FILENAME =
      Key.of(
          "filename",
          Types.path(),
          "A file whose first word is the token. It is read again when it changes.");

  static final Declaration DECLARATION =
      Declaration.extension(
          "bearertokenauth",
          Section.of(
                  HEADER,
                  SCHEME,
                  TOKEN,
                  TOKENS,
                  FILENAME,
                  NotYet.key("retry_on_failure"),
                  NotYet.key("wait_for_token_file"))
              .check(
                  (settings, at) -> {
                    if (settings.says(TOKEN) && settings.says(TOKENS)) {
                      at.member(TOKENS.name())
                          .error(settings.origin(TOKENS), "stands beside token; say one");
                    }
                    if (!settings.says(TOKEN)
                        && !settings.says(FILENAME)
                        && settings.find(TOKENS).filter(tokens -> !tokens.isEmpty()).isEmpty()) {
                      at.error(settings.origin(), "lacks a token; say token, tokens or filename");
                    }
                  }),
          "A token for the exporters and receivers whose auth::authenticator names it.",
          """
          filename: /run/secrets/otlp-token
          """);

  private BearerTokenAuthConfig() {}
}
