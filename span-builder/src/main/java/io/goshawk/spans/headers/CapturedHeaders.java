// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.headers;

import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.text.Utf8;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts the headers that a record has into its span. What is redacted has never left its process:
 * records have but the number of its values.
 */
public final class CapturedHeaders {
  private static final String REDACTED = "REDACTED";

  private final List<CapturedHeader> headers;
  private final List<AttributeKey<List<String>>> attributes;

  /** The values of one span, last first, by the numbers of their headers. */
  private final Map<Integer, List<String>> values = new TreeMap<>();

  public CapturedHeaders(HeaderSettings settings) {
    headers = settings.captured();
    attributes = headers.stream().map(CapturedHeader::attribute).toList();
  }

  /** Describes those of a record, and says which of them are not whole. */
  public void describe(SpanRecord record, SpanDraft draft, Truncated truncated) {
    if (!record.hasCaptured()) {
      return;
    }
    values.clear();
    record.captured(
        (number, bytes, offset, length, cut) -> {
          if (number >= headers.size()) {
            return;
          }
          List<String> of = values.computeIfAbsent(number, n -> new ArrayList<>());
          of.add(text(headers.get(number), bytes, offset, length, cut));
          if (cut) {
            truncated.addOnce(attributes.get(number).getKey());
          }
        });
    values.forEach(
        (number, texts) -> {
          Collections.reverse(texts);
          draft.put(attributes.get(number), List.copyOf(texts));
        });
  }

  private static String text(
      CapturedHeader header, byte[] bytes, int offset, int length, boolean cut) {
    if (header.redacted()) {
      return REDACTED;
    }
    if (header.isBinary()) {
      byte[] value = new byte[length];
      System.arraycopy(bytes, offset, value, 0, length);
      return Base64.getEncoder().withoutPadding().encodeToString(value);
    }
    return Utf8.decode(bytes, offset, length, cut);
  }
}
