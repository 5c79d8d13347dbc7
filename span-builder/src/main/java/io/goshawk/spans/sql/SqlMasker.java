// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import org.jspecify.annotations.Nullable;

/**
 * Masks queries and sums them up. Never throws, whatever the bytes; takes time and memory in
 * proportion to them. Confined to the thread of the span builder.
 */
final class SqlMasker {
  private final SqlLexer lexer = new SqlLexer();
  private final MaskedText text = new MaskedText();
  private final QuerySummary summary = new QuerySummary();
  private final UnquotedValues values = new UnquotedValues();

  /**
   * Masks a query.
   *
   * @param cut whether it went on in the target
   */
  MaskedQuery mask(SqlDialect dialect, byte[] bytes, int offset, int length, boolean cut) {
    lexer.start(dialect, bytes, offset, length);
    text.clear();
    summary.start(dialect, bytes);
    values.start(dialect);
    boolean endsInName = false;
    for (Token token = lexer.next(); token != Token.END; token = lexer.next()) {
      boolean mayGoOn = cut && lexer.to() == offset + length;
      take(token, bytes, mayGoOn);
      endsInName = mayGoOn && token != Token.SPACE && token != Token.COMMENT;
    }
    return new MaskedQuery(text.finish(cut), summary.finish(endsInName));
  }

  private void take(Token token, byte[] bytes, boolean mayGoOn) {
    int from = lexer.from();
    int to = lexer.to();
    if (values.restIsData() && token != Token.SPACE) {
      lexer.skipRest();
      literal();
      summary.stop();
      return;
    }
    switch (token) {
      case SPACE -> text.space(bytes, from, to);
      case COMMENT -> text.comment();
      case WORD -> word(bytes, from, to, mayGoOn ? null : lexer.keyword());
      case QUOTED_NAME -> name(bytes, from, to);
      case NAME_OR_STRING -> {
        if (summary.expectsName() || lexer.isPartOfName()) {
          name(bytes, from, to);
        } else {
          literal();
        }
      }
      case LITERAL -> literal();
      case DOUBTFUL_REST -> {
        literal();
        summary.stop();
      }
      case PARAMETER -> {
        if (values.parameter(from, to)) {
          text.hidden();
        } else {
          text.parameter(bytes, from, to);
        }
        summary.value();
      }
      case SYMBOL -> {
        text.symbol(bytes, from, to);
        values.symbol(bytes[from]);
        summary.symbol(bytes[from]);
      }
      case END -> {
        // Nothing to take.
      }
    }
  }

  private void word(byte[] bytes, int from, int to, @Nullable Keyword keyword) {
    if (values.word(keyword, from, to)) {
      hidden();
    } else {
      text.word(bytes, from, to, keyword);
      summary.word(keyword, from, to);
    }
  }

  private void name(byte[] bytes, int from, int to) {
    if (values.name(from, to)) {
      hidden();
    } else {
      text.name(bytes, from, to);
      summary.name(from, to);
    }
  }

  private void literal() {
    values.literal();
    if (text.literal()) {
      summary.value();
    }
  }

  private void hidden() {
    text.hidden();
    summary.value();
  }

  /** How many bytes were looked at for the last query, each time they were. */
  long bytesRead() {
    return lexer.bytesRead();
  }
}
