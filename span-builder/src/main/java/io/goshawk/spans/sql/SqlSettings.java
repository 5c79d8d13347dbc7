// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import io.goshawk.spans.record.LibrarySettings;

/**
 * What SQL spans may say.
 *
 * @param queryText what becomes of the text of queries
 * @param maxTextLength characters of a query's text that are kept
 */
public record SqlSettings(QueryText queryText, int maxTextLength) implements LibrarySettings {

  /** What becomes of the text of queries. A summary has no literals, and is always there. */
  public enum QueryText {
    /** It is kept, with a question mark for each literal. */
    MASKED,
    /** It is kept as it is. */
    RAW,
    /** It is left out. */
    NONE
  }

  /** Characters that may be kept: a record carries no more bytes of a text. */
  public static final int MAX_TEXT_LENGTH = 2048;

  /** Masked, and as long as records carry it. */
  public static final SqlSettings DEFAULT = new SqlSettings(QueryText.MASKED, MAX_TEXT_LENGTH);

  public SqlSettings {
    if (maxTextLength < 1 || maxTextLength > MAX_TEXT_LENGTH) {
      throw new IllegalArgumentException("a query's text of " + maxTextLength + " characters");
    }
  }
}
