// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.StartException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A header that is made of secrets. */
final class SecretHeader implements ClientAuthenticator {
  private final List<Secret> secrets;
  private final Function<List<String>, Map<String, String>> maker;

  SecretHeader(List<Secret> secrets, Function<List<String>, Map<String, String>> maker) {
    this.secrets = List.copyOf(secrets);
    this.maker = maker;
  }

  @Override
  public void start() throws StartException {
    for (Secret secret : secrets) {
      secret.start();
    }
  }

  @Override
  public Map<String, String> headers(Map<String, String> own) {
    return ClientAuthenticator.with(
        own, maker.apply(secrets.stream().map(Secret::current).toList()));
  }
}
