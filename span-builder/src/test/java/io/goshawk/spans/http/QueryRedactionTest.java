package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryRedactionTest {
  private final QueryRedaction redaction =
      new QueryRedaction(HttpSettings.DEFAULT.sensitiveQueryKeys());

  @ParameterizedTest
  @CsvSource({
    "q=1, q=1",
    "sig=secret, sig=REDACTED",
    "q=1&sig=secret, q=1&sig=REDACTED",
    "sig=secret&q=1, sig=REDACTED&q=1",
    "sig=a&sig=b, sig=REDACTED&sig=REDACTED",
    "AWSAccessKeyId=a&Signature=b&X-Goog-Signature=c, "
        + "AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED",
    "X-Amz-Credential=a%2Fb&X-Amz-Security-Token=t, "
        + "X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED",
    "si%67=secret, si%67=REDACTED",
    "%73%69%67=secret, %73%69%67=REDACTED",
    "sig=a=b, sig=REDACTED",
    "sig=&q, sig=&q",
    "sig, sig",
    "SIG=keeps, SIG=keeps",
    "design=keeps, design=keeps",
    "q=sig=keeps, q=sig=keeps",
    "&&=&sig=s&, &&=&sig=REDACTED&",
    "%=1&%s=2&%zz=3&sig=s, %=1&%s=2&%zz=3&sig=REDACTED",
  })
  void valuesOfSensitiveKeysAreReplacedAndNothingElse(String query, String redacted) {
    assertThat(redaction.apply(query)).isEqualTo(redacted);
  }
}
