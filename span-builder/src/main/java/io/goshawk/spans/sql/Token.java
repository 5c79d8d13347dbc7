// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

/** What {@link SqlLexer} finds. */
enum Token {
  /** The text is over. */
  END,
  SPACE,
  /** Of any kind, the executable ones of MySQL among them: its text is nobody's to see. */
  COMMENT,
  /** A keyword or a name without quotes. */
  WORD,
  /** A name in the quotes that the dialect has for names. */
  QUOTED_NAME,
  /** Double quotes in SQLite: a name where one can stand, else a string. */
  NAME_OR_STRING,
  /** Anything that is, or may be, a value written into the text. */
  LITERAL,
  /** A place for a value that is passed separately. */
  PARAMETER,
  /** One character that is none of these. */
  SYMBOL,
  /** All that is left of a text in which names and literals cannot be told apart any more. */
  DOUBTFUL_REST
}
