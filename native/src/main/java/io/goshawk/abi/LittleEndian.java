// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

/**
 * Numbers in an array of bytes, the lowest byte first.
 *
 * <p>Written out byte by byte: the agent runs compiled by C1, which makes calls of the accesses
 * that {@code ByteBuffer} and {@code VarHandle} have for that.
 */
public final class LittleEndian {
  private LittleEndian() {}

  /** An unsigned number of two bytes. */
  public static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  /** A number of four bytes. */
  public static int i32(byte[] bytes, int at) {
    return u16(bytes, at) | u16(bytes, at + 2) << 16;
  }

  /** An unsigned number of four bytes. */
  public static long u32(byte[] bytes, int at) {
    return i32(bytes, at) & 0xffff_ffffL;
  }

  /** A number of eight bytes. */
  public static long i64(byte[] bytes, int at) {
    return u32(bytes, at) | (long) i32(bytes, at + 4) << 32;
  }
}
