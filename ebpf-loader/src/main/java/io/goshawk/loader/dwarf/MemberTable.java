// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.CostlyFileException;
import java.util.Arrays;

/**
 * The members of all structs whose names are a step of some wanted path, and all typedefs: enough
 * to follow a path once the pass is over, in a few bytes each.
 */
final class MemberTable {

  /** A program of 150 MB has some thousand. */
  private static final int MAX_MEMBERS = 1 << 17;

  /** Field names are unique in a struct, and few are wanted; the rest of a longer one is damage. */
  private static final int MAX_MEMBERS_EACH = 1024;

  /** A program of 150 MB has some ten thousand. */
  private static final int MAX_TYPEDEFS = 1 << 18;

  private static final int MAX_TYPEDEF_CHAIN = 16;

  private final Budget budget;
  private long[] owners = new long[1024];
  private long[] types = new long[1024];
  private int[] names = new int[1024];
  private int[] offsets = new int[1024];
  private int size;

  private long[] typedefs = new long[1024];
  private long[] targets = new long[1024];
  private int typedefCount;

  /**
   * @param budget is asked for its heap
   */
  MemberTable(Budget budget) {
    this.budget = budget;
  }

  /**
   * Adds a member; owners come in ascending order.
   *
   * @param owner where the struct's entry is
   * @param name number of its name
   * @param type where its type's entry is, -1 if unknown
   * @return false if the table is full
   */
  boolean add(long owner, int name, int offset, long type) throws CostlyFileException {
    if (size >= MAX_MEMBERS_EACH && owners[size - MAX_MEMBERS_EACH] == owner) {
      return true;
    }
    if (size == owners.length) {
      if (size >= MAX_MEMBERS) {
        return false;
      }
      budget.reserve(24L * size * 2, "struct members");
      owners = Arrays.copyOf(owners, size * 2);
      types = Arrays.copyOf(types, size * 2);
      names = Arrays.copyOf(names, size * 2);
      offsets = Arrays.copyOf(offsets, size * 2);
    }
    owners[size] = owner;
    names[size] = name;
    offsets[size] = offset;
    types[size++] = type;
    return true;
  }

  /** Adds a typedef; they come in ascending order. Returns false if the table is full. */
  boolean addTypedef(long at, long target) throws CostlyFileException {
    if (typedefCount == typedefs.length) {
      if (typedefCount >= MAX_TYPEDEFS) {
        return false;
      }
      budget.reserve(16L * typedefCount * 2, "named types");
      typedefs = Arrays.copyOf(typedefs, typedefCount * 2);
      targets = Arrays.copyOf(targets, typedefCount * 2);
    }
    typedefs[typedefCount] = at;
    targets[typedefCount++] = target;
    return true;
  }

  /**
   * Follows a path.
   *
   * @param struct where the struct's entry is
   * @param steps numbers of the names
   * @return the offset in bytes, -1 if there is no such path
   */
  long offset(long struct, int[] steps) {
    long at = struct;
    long sum = 0;
    for (int step : steps) {
      int i = member(resolve(at), step);
      if (i < 0) {
        return -1;
      }
      sum += offsets[i];
      at = types[i];
    }
    return sum;
  }

  private long resolve(long type) {
    long at = type;
    for (int hops = 0; hops < MAX_TYPEDEF_CHAIN; hops++) {
      int i = Arrays.binarySearch(typedefs, 0, typedefCount, at);
      if (i < 0) {
        return at;
      }
      at = targets[i];
    }
    return -1;
  }

  private int member(long owner, int name) {
    int i = Arrays.binarySearch(owners, 0, size, owner);
    if (i < 0) {
      return -1;
    }
    // Any of the owner's members was hit: go to its first.
    while (i > 0 && owners[i - 1] == owner) {
      i--;
    }
    for (; i < size && owners[i] == owner; i++) {
      if (names[i] == name) {
        return i;
      }
    }
    return -1;
  }
}
