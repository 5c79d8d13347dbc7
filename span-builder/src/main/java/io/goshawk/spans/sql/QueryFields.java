// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_SUMMARY;
import static io.opentelemetry.semconv.DbAttributes.DB_QUERY_TEXT;

import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import io.goshawk.spans.text.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a query, encoded.
 *
 * @param name the summary as a span's name; null if there is none
 * @param summary null if there is none
 * @param text null if it is left out
 * @param shortened whether text was left out for its length
 */
record QueryFields(
    @Nullable EncodedName name,
    @Nullable EncodedAttribute summary,
    @Nullable EncodedAttribute text,
    boolean shortened) {

  /** Reads queries of one dialect. */
  static final class Reader {
    private final SqlMasker masker = new SqlMasker();
    private final SqlDialect dialect;
    private final String prefix;
    private final boolean summarizes;
    private final SqlSettings settings;
    private final FieldEncoder encoder;

    /**
     * @param prefix what is done with the query, before its summary; empty if it is executed
     * @param summarizes whether the prefix is not all that there is to a summary
     */
    Reader(
        SqlDialect dialect,
        String prefix,
        boolean summarizes,
        SqlSettings settings,
        FieldEncoder encoder) {
      this.dialect = dialect;
      this.prefix = prefix;
      this.summarizes = summarizes;
      this.settings = settings;
      this.encoder = encoder;
    }

    QueryFields read(byte[] bytes, int offset, int length, boolean cut) {
      MaskedQuery query = masker.mask(dialect, bytes, offset, length, cut);
      String summary = summary(summarizes ? query.summary() : "");
      String text =
          settings.queryText() == QueryText.RAW
              ? Utf8.decode(bytes, offset, length, cut)
              : query.text();
      String kept = shortened(text);
      return new QueryFields(
          summary.isEmpty() ? null : encoder.name(summary),
          summary.isEmpty() ? null : encoder.attribute(DB_QUERY_SUMMARY, summary),
          settings.queryText() == QueryText.NONE || kept.isEmpty()
              ? null
              : encoder.attribute(DB_QUERY_TEXT, kept),
          kept.length() < text.length());
    }

    private String summary(String ofText) {
      if (prefix.isEmpty() || ofText.isEmpty()) {
        return prefix + ofText;
      }
      String whole = prefix + " " + ofText;
      return whole.length() <= QuerySummary.MAX_LENGTH ? whole : prefix;
    }

    /** Cuts a text at a character. */
    private String shortened(String text) {
      int limit = settings.maxTextLength();
      if (text.length() <= limit) {
        return text;
      }
      boolean splitsPair = Character.isHighSurrogate(text.charAt(limit - 1));
      return text.substring(0, splitsPair ? limit - 1 : limit);
    }
  }
}
