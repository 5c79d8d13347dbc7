// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.Configurations;
import io.goshawk.config.component.BasicAuthConfig;
import io.goshawk.config.component.ComponentKind;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class HtpasswdTest {
  private static final String BCRYPT =
      "$$2b$$05$$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

  private long now;
  private long step;

  private Htpasswd htpasswd(String users) throws Exception {
    Htpasswd htpasswd =
        new Htpasswd(
            Configurations.first(
                    ComponentKind.EXTENSION,
                    """
                    receivers: {goshawk: }
                    exporters: {nop: }
                    extensions: {basicauth: {htpasswd: {inline: "%s"}}}
                    service:
                      extensions: [basicauth]
                      pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}
                    """
                        .formatted(users))
                .settings()
                .get(BasicAuthConfig.HTPASSWD),
            () -> now += step);
    htpasswd.start();
    return htpasswd;
  }

  private static boolean admits(Htpasswd htpasswd, String pair) {
    String said =
        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    return htpasswd.admits(name -> name.equals("Authorization") ? said : null);
  }

  @Test
  void usersOfAllKindsAreLetIn() throws Exception {
    Htpasswd htpasswd = htpasswd("ann:" + BCRYPT + "\\nbob:pl:ain");
    assertThat(admits(htpasswd, "ann:secret")).isTrue();
    assertThat(admits(htpasswd, "bob:pl:ain")).isTrue();
    assertThat(admits(htpasswd, "bob:secret")).isFalse();
    assertThat(admits(htpasswd, "eve:secret")).isFalse();
  }

  /** Who guesses gets half of the time at most, and who is known waits for nobody. */
  @Test
  void afterAWrongGuessNoSlowHashIsLookedAtForAsLongAsThatTook() throws Exception {
    Htpasswd htpasswd = htpasswd("ann:" + BCRYPT + "\\ncid:" + BCRYPT);
    assertThat(admits(htpasswd, "ann:secret")).isTrue();
    step = 1000;
    assertThat(admits(htpasswd, "ann:guess")).isFalse();
    step = 0;
    assertThat(admits(htpasswd, "cid:secret")).as("not known yet").isFalse();
    assertThat(admits(htpasswd, "ann:secret")).as("known").isTrue();
    assertThat(admits(htpasswd, "ann:guess")).isFalse();
    now += 1000;
    assertThat(admits(htpasswd, "cid:secret")).isTrue();
  }
}
