// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Factories;
import io.goshawk.config.component.BasicAuthConfig;
import io.goshawk.config.component.BasicAuthConfig.ClientAuth;
import io.goshawk.config.component.BearerTokenAuthConfig;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The factories of all extensions that prove who exporters are, or know who may send. */
public final class Authenticators {
  private Authenticators() {}

  /** Lists them. */
  public static void register(Factories.Builder factories) {
    factories
        .extension("bearertokenauth", (context, settings) -> bearerToken(settings))
        .extension("headers_setter", (context, settings) -> new HeadersSetter(settings))
        .extension(
            "basicauth",
            (context, settings) ->
                settings.says(BasicAuthConfig.HTPASSWD)
                    ? new Htpasswd(settings.get(BasicAuthConfig.HTPASSWD), context.nanoClock())
                    : basic(settings.get(BasicAuthConfig.CLIENT_AUTH)));
  }

  private static Extension bearerToken(Settings settings) {
    List<Secret> tokens =
        settings.says(BearerTokenAuthConfig.FILENAME)
            ? List.of(
                Secret.inFile(settings, BearerTokenAuthConfig.FILENAME, Authenticators::firstWord))
            : settings
                .find(BearerTokenAuthConfig.TOKEN)
                .map(List::of)
                .orElseGet(() -> settings.get(BearerTokenAuthConfig.TOKENS))
                .stream()
                .map(Secret::of)
                .toList();
    return new BearerToken(
        settings.get(BearerTokenAuthConfig.HEADER),
        settings.get(BearerTokenAuthConfig.SCHEME),
        tokens);
  }

  /** What stands behind it may say whose token it is. */
  private static String firstWord(String text) {
    return text.strip().split("\\s", 2)[0];
  }

  /** RFC 7617. */
  private static ClientAuthenticator basic(Settings client) {
    return new SecretHeader(
        List.of(
            inFileOrHere(client, ClientAuth.USERNAME_FILE, ClientAuth.USERNAME),
            inFileOrHere(client, ClientAuth.PASSWORD_FILE, ClientAuth.PASSWORD)),
        secrets -> {
          byte[] pair = (secrets.get(0) + ":" + secrets.get(1)).getBytes(StandardCharsets.UTF_8);
          return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
        });
  }

  private static Secret inFileOrHere(Settings settings, Key<String> file, Key<String> text) {
    return settings.says(file)
        ? Secret.inFile(settings, file, String::strip)
        : Secret.of(settings.get(text));
  }
}
