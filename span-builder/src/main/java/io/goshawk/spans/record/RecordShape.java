// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.abi.RecordType;
import io.goshawk.abi.StringRef;

/**
 * How the records of one type are laid out.
 *
 * @param type of the records
 * @param fixedSize bytes of such a record before its packed strings
 * @param stringRefs offset in the record of its first {@code string_ref}; the others follow
 * @param stringCount how many strings such a record has
 */
public record RecordShape(RecordType type, int fixedSize, int stringRefs, int stringCount) {

  /** Offset in the record of the {@code string_ref} with that number. */
  public int string(int number) {
    return stringRefs + number * StringRef.SIZE;
  }
}
