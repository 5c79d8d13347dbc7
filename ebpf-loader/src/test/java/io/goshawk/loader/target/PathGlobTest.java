package io.goshawk.loader.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathGlobTest {

  @ParameterizedTest
  @CsvSource({
    "checkout*, /opt/shop/checkout-v2, true",
    "checkout*, /opt/checkout/shop, false",
    "*, /opt/shop/checkout, true",
    "/opt/shop/*, /opt/shop/checkout, true",
    "/opt/shop/*, /opt/shop/bin/checkout, true",
    "/opt/shop/*, /opt/shopping/checkout, false",
    "*/checkout, /opt/shop/checkout, true",
    "*/checkout, /opt/shop/checkout-v2, false",
    "/opt/**/checkout, /opt/a/b/checkout, true",
    "'/{opt,srv}/*/checkout', /srv/shop/checkout, true",
    "/opt/shop/\\*, /opt/shop/checkout, false",
    "/opt/shop/\\*, /opt/shop/*, true",
  })
  void fits(String pattern, String executable, boolean fits) {
    assertThat(new PathGlob(pattern).matches(executable)).isEqualTo(fits);
  }

  @Test
  void aNameMayHaveLines() {
    for (String end : new String[] {"\n", "\r", "\u0085", "\u2028"}) {
      String executable = "/opt/a" + end + "b/svc" + end;
      assertThat(new PathGlob("/opt/*").matches(executable)).isTrue();
      assertThat(new PathGlob(executable).matches(executable)).isTrue();
      assertThat(new PathGlob("/srv/*").matches(executable)).isFalse();
    }
  }

  @Test
  void aRelativePathThatFitsNothingIsRefusedWithWhatWasMeant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PathGlob("bin/shop"))
        .withMessageEndingWith("'*/bin/shop'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "[", "/opt/{a"})
  void isRefused(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> new PathGlob(pattern));
  }
}
