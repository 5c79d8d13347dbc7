// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** A set of names, to be asked for each of a million byte strings whether it is one of them. */
final class WantedNames {

  private final byte[][] names;
  private final int[] hashes;
  private final int[] slots;

  WantedNames(Collection<String> wanted) {
    List<String> distinct = wanted.stream().distinct().toList();
    names = new byte[distinct.size()][];
    hashes = new int[distinct.size()];
    slots = new int[Integer.highestOneBit(Math.max(4, distinct.size())) * 4];
    for (int i = 0; i < names.length; i++) {
      names[i] = distinct.get(i).getBytes(StandardCharsets.UTF_8);
      hashes[i] = hash(names[i]);
      int slot = hashes[i] & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = i + 1;
    }
  }

  /** The number of a name, by its place among the distinct ones; -1 if it is none of them. */
  int find(byte[] name, int length, int hash) {
    for (int slot = hash & (slots.length - 1);
        slots[slot] != 0;
        slot = (slot + 1) & (slots.length - 1)) {
      int i = slots[slot] - 1;
      if (hashes[i] == hash && Arrays.equals(names[i], 0, names[i].length, name, 0, length)) {
        return i;
      }
    }
    return -1;
  }

  /** The number of a name. */
  int find(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return find(bytes, bytes.length, hash(bytes));
  }

  int count() {
    return names.length;
  }

  // FNV-1a.
  static final int HASH_START = 0x811c9dc5;

  static int step(int hash, int b) {
    return (hash ^ (b & 0xff)) * 0x01000193;
  }

  private static int hash(byte[] name) {
    int hash = HASH_START;
    for (byte b : name) {
      hash = step(hash, b);
    }
    return hash;
  }
}
