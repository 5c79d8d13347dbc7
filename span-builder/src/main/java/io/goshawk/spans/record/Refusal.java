// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

/**
 * Why a record became no span.
 *
 * @param detail what was found where, for a log line
 */
public record Refusal(Reason reason, String detail) {

  /** What refusals are counted by. */
  public enum Reason {
    /** It is shorter than it says, or than its type needs. */
    SIZE,
    /** No span record, or of a type this version does not know. */
    TYPE,
    /** A string lies outside the record, or is longer than the one it was cut from. */
    STRING,
    /** An optional block lies outside the record, or has no room for its own header. */
    BLOCK,
    /** Stamps that run backwards or are out of range. */
    TIME,
    /** No trace id or no span id. */
    IDENTITY,
    /** A number that none of an enum's constants has. */
    VALUE,
    /** A defect of the span builder itself. */
    DEFECT
  }
}
