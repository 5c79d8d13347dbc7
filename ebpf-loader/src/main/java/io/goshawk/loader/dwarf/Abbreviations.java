// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The abbreviation tables of {@code .debug_abbrev} (§7.5.3), one at a time. */
final class Abbreviations {

  /** Compilers number from 1 without gaps; these two bound the table of a hostile file. */
  private static final int MAX_CODE = 10_000;

  private static final int MAX_ATTRIBUTES = 100_000;

  private static final int MAX_FORM = 0xffff;

  /**
   * How to read an entry.
   *
   * @param specs attribute and form by turns; the value of DW_FORM_implicit_const is the third
   * @param skips how to get past all values: steps of {@link Forms#skip}
   */
  record Abbreviation(int tag, boolean children, long[] specs, int[] skips) {

    /** Skips an entry's values. */
    void skip(InfoReader in, Unit unit) throws UnusableFileException {
      for (int step : skips) {
        if (step >= 0) {
          in.skip(step);
        } else {
          Forms.skip(in, unit, -step);
        }
      }
    }
  }

  /** Units of one table follow each other; going to and fro between tables costs the square. */
  private static final long MAX_READS_EACH = 64;

  private final byte[] section;
  private final long fileOffset;
  private @Nullable Unit loaded;
  private @Nullable Abbreviation[] table = new Abbreviation[0];
  private int at;
  private long budget;

  /**
   * @param section all of {@code .debug_abbrev}
   * @param fileOffset where in the file it starts
   */
  Abbreviations(byte[] section, long fileOffset) {
    this.section = section;
    this.fileOffset = fileOffset;
    this.budget = MAX_READS_EACH * section.length;
  }

  /** Switches to the table of a unit. */
  void load(Unit unit) throws UnusableFileException {
    if (loaded != null && loaded.sharesAbbreviations(unit)) {
      return;
    }
    long offset = unit.abbreviations();
    if (offset < 0 || offset >= section.length) {
      throw malformed("a unit's abbreviations start at " + offset + " of " + section.length);
    }
    at = (int) offset;
    @Nullable Abbreviation[] entries = new Abbreviation[64];
    long[] specs = new long[96];
    int attributes = 0;
    for (long code = uleb(); code != 0; code = uleb()) {
      if (code < 0 || code > MAX_CODE) {
        throw malformed("abbreviation number " + code);
      }
      int tag = (int) uleb();
      boolean children = u8() != 0;
      int n = 0;
      while (true) {
        long attribute = uleb();
        long form = uleb();
        if (attribute == 0 && form == 0) {
          break;
        }
        if (n + 3 > specs.length) {
          specs = Arrays.copyOf(specs, specs.length * 2);
        }
        if (++attributes > MAX_ATTRIBUTES) {
          throw malformed("more attributes than any compiler writes");
        }
        if (form <= 0 || form > MAX_FORM) {
          throw malformed("form " + form);
        }
        specs[n++] = attribute;
        specs[n++] = form;
        specs[n++] = form == Forms.IMPLICIT_CONST ? sleb() : 0;
      }
      if (code >= entries.length) {
        int length = Math.max((int) code + 1, entries.length * 2);
        entries = Arrays.copyOf(entries, length);
      }
      long[] exact = Arrays.copyOf(specs, n);
      entries[(int) code] = new Abbreviation(tag, children, exact, skips(unit, exact));
    }
    budget -= at - offset;
    if (budget < 0) {
      throw malformed("abbreviations that are read again and again");
    }
    table = entries;
    loaded = unit;
  }

  /** Neighbouring values of fixed length make one step: it is most of the time of a pass. */
  private static int[] skips(Unit unit, long[] specs) {
    int[] steps = new int[specs.length / 3];
    int n = 0;
    for (int i = 1; i < specs.length; i += 3) {
      int form = (int) specs[i];
      int fixed = Forms.fixedBytes(unit, form);
      if (fixed < 0) {
        steps[n++] = -form;
      } else if (n > 0 && steps[n - 1] >= 0) {
        steps[n - 1] += fixed;
      } else {
        steps[n++] = fixed;
      }
    }
    return Arrays.copyOf(steps, n);
  }

  /** The abbreviation of a number; null if the table has none. */
  @Nullable Abbreviation get(long code) {
    return code > 0 && code < table.length ? table[(int) code] : null;
  }

  private int u8() throws UnusableFileException {
    if (at >= section.length) {
      throw malformed("the abbreviations have no end");
    }
    return section[at++] & 0xff;
  }

  private long uleb() throws UnusableFileException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = u8();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw malformed("a number without an end");
  }

  private long sleb() throws UnusableFileException {
    long value = 0;
    for (int shift = 0; shift < 64; ) {
      int b = u8();
      value |= (long) (b & 0x7f) << shift;
      shift += 7;
      if (b < 0x80) {
        return (b & 0x40) != 0 && shift < 64 ? value | -1L << shift : value;
      }
    }
    throw malformed("a number without an end");
  }

  private MalformedFileException malformed(String reason) {
    return new MalformedFileException(fileOffset, reason + ", at byte " + at + " of .debug_abbrev");
  }
}
