// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A map of a loaded object. Keys and values are buffers in native byte order; they are taken from
 * and put at position 0, and their position and limit stay as they are.
 *
 * <p>May be used from any thread until the object is closed.
 */
public final class BpfMap {
  /** From include/uapi/linux/bpf.h: kinds that hold a value for each CPU. */
  static final int TYPE_PERCPU_HASH = 5;

  static final int TYPE_PERCPU_ARRAY = 6;
  static final int TYPE_LRU_PERCPU_HASH = 10;

  private static final int BATCH_ENTRIES = 512;

  private final BpfObject object;
  private final String name;
  private final int fd;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;
  private final boolean perCpu;

  // Room for one key and one value where the kernel can reach them; guarded by this.
  private final Memory key;
  private final Memory nextKey;
  private final Memory value;
  private final ByteBuffer keyBytes;
  private final ByteBuffer valueBytes;

  BpfMap(BpfObject object, Pointer handle) {
    this.object = object;
    this.name = LibBpf.bpf_map__name(handle);
    this.fd = LibBpf.bpf_map__fd(handle);
    this.keySize = LibBpf.bpf_map__key_size(handle);
    this.valueSize = LibBpf.bpf_map__value_size(handle);
    this.maxEntries = LibBpf.bpf_map__max_entries(handle);
    int type = LibBpf.bpf_map__type(handle);
    this.perCpu =
        type == TYPE_PERCPU_HASH || type == TYPE_PERCPU_ARRAY || type == TYPE_LRU_PERCPU_HASH;
    // The kernel rounds each CPU's value up to eight bytes.
    int valueMemory = perCpu ? BpfSupport.possibleCpus() * roundUp(valueSize) : valueSize;
    this.key = new Memory(Math.max(keySize, 8));
    this.nextKey = new Memory(Math.max(keySize, 8));
    this.value = new Memory(Math.max(valueMemory, 8));
    this.keyBytes = buffer(key, keySize);
    this.valueBytes = buffer(value, valueMemory);
  }

  private static int roundUp(int size) {
    return (size + 7) & ~7;
  }

  private static ByteBuffer buffer(Memory memory, int size) {
    return memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  /** Its name in the object. */
  public String name() {
    return name;
  }

  /** Its file descriptor, valid until the object is closed. */
  public int fd() {
    object.requireOpen();
    return fd;
  }

  /** Bytes of a key. */
  public int keySize() {
    return keySize;
  }

  /** Bytes of a value; of one CPU's value for a per-CPU map. */
  public int valueSize() {
    return valueSize;
  }

  /** Entries that fit; bytes for a ring buffer. */
  public int maxEntries() {
    return maxEntries;
  }

  /**
   * Copies an entry's value.
   *
   * @return whether there is such an entry
   * @throws BpfException if the kernel refuses
   */
  public synchronized boolean lookup(ByteBuffer key, ByteBuffer value) {
    requireOneValue();
    putKey(key);
    requireSize("value", value, valueSize);
    if (!found("looking up", LibBpf.bpf_map_lookup_elem(fd(), this.key, this.value))) {
      return false;
    }
    value.put(0, valueBytes, 0, valueSize);
    return true;
  }

  /** {@link #lookup(ByteBuffer, ByteBuffer)} in a map with keys of four bytes. */
  public synchronized boolean lookup(int key, ByteBuffer value) {
    return lookup(intKey(key), value);
  }

  /**
   * Adds or replaces an entry.
   *
   * @throws BpfException if the map is full ({@code E2BIG}) or the kernel refuses
   */
  public synchronized void update(ByteBuffer key, ByteBuffer value) {
    requireOneValue();
    putKey(key);
    requireSize("value", value, valueSize);
    valueBytes.put(0, value, 0, valueSize);
    int error = LibBpf.bpf_map_update_elem(fd(), this.key, this.value, 0);
    if (error < 0) {
      throw new BpfException(
          "updating map " + name,
          -error,
          "",
          error == -Errno.E2BIG
              ? "it is full: make it larger than its " + maxEntries + " entries"
              : Mends.forErrno(-error));
    }
  }

  /** {@link #update(ByteBuffer, ByteBuffer)} in a map with keys of four bytes. */
  public synchronized void update(int key, ByteBuffer value) {
    update(intKey(key), value);
  }

  /**
   * Removes an entry.
   *
   * @return whether it was there
   * @throws BpfException if the kernel refuses
   */
  public synchronized boolean delete(ByteBuffer key) {
    putKey(key);
    return found("deleting from", LibBpf.bpf_map_delete_elem(fd(), this.key));
  }

  /** {@link #delete(ByteBuffer)} in a map with keys of four bytes. */
  public synchronized boolean delete(int key) {
    return delete(intKey(key));
  }

  /**
   * The sum over all CPUs of a per-CPU array's entry of eight bytes.
   *
   * @throws BpfException if there is no such entry
   */
  public synchronized long perCpuSum(int index) {
    if (!perCpu || keySize != Integer.BYTES || valueSize != Long.BYTES) {
      throw new IllegalStateException(this + " is no per-CPU array of 64-bit numbers");
    }
    putKey(intKey(index));
    int error = LibBpf.bpf_map_lookup_elem(fd(), key, value);
    if (error < 0) {
      throw BpfException.of("looking up entry %d of map %s".formatted(index, name), -error, "");
    }
    long sum = 0;
    for (int at = 0; at < valueBytes.capacity(); at += Long.BYTES) {
      sum += valueBytes.getLong(at);
    }
    return sum;
  }

  /** Takes one entry; the buffers are valid during the call only. */
  @FunctionalInterface
  public interface EntryVisitor {
    void entry(ByteBuffer key, ByteBuffer value);
  }

  /**
   * Visits the entries of a hash or array map. Entries that come or go meanwhile may or may not be
   * visited; one that stays is visited at least once, and more than once only if entries go
   * meanwhile. The visitor may change the map.
   *
   * @throws BpfException if the kernel refuses
   */
  public synchronized void forEach(EntryVisitor visitor) {
    requireOneValue();
    if (!forEachInBatches(visitor)) {
      forEachSingly(visitor);
    }
  }

  /** Whether the kernel knows batches for this kind of map (hashes since Linux 5.6). */
  private boolean forEachInBatches(EntryVisitor visitor) {
    int room = Math.min(maxEntries, BATCH_ENTRIES);
    Pointer position = null;
    // A hash's position is the index of a bucket, four bytes, however long its keys are.
    try (Memory in = new Memory(Math.max(keySize, 8));
        Memory out = new Memory(Math.max(keySize, 8));
        Memory count = new Memory(Integer.BYTES)) {
      while (true) {
        try (Memory keys = new Memory((long) room * keySize);
            Memory values = new Memory((long) room * valueSize)) {
          count.setInt(0, room);
          int error = LibBpf.bpf_map_lookup_batch(fd(), position, out, keys, values, count, null);
          if (error == -Errno.ENOSPC && room < maxEntries) {
            // One bucket of the hash holds more than there is room for.
            room = Math.min(maxEntries, room * 2);
            continue;
          }
          if (position == null && isUnsupported(error)) {
            return false;
          }
          if (error < 0 && error != -Errno.ENOENT) {
            throw BpfException.of("reading a batch of map " + name, -error, "");
          }
          visit(visitor, keys, values, count.getInt(0));
          if (error == -Errno.ENOENT) {
            return true;
          }
          in.write(0, out.getByteArray(0, (int) out.size()), 0, (int) out.size());
          position = in;
        }
      }
    }
  }

  private static boolean isUnsupported(int error) {
    return error == -Errno.ENOTSUPP || error == -Errno.EOPNOTSUPP || error == -Errno.EINVAL;
  }

  private void visit(EntryVisitor visitor, Memory keys, Memory values, int count) {
    for (int i = 0; i < count; i++) {
      visitor.entry(
          keys.getByteBuffer((long) i * keySize, keySize).order(ByteOrder.nativeOrder()),
          values.getByteBuffer((long) i * valueSize, valueSize).order(ByteOrder.nativeOrder()));
    }
  }

  /** Key by key, as every kind of map allows. */
  void forEachSingly(EntryVisitor visitor) {
    // The visitor may use this map, and with it the room for one key.
    try (Memory current = new Memory(Math.max(keySize, 8));
        Memory currentValue = new Memory(Math.max(valueSize, 8))) {
      boolean more = nextKey(null);
      while (more) {
        current.write(0, nextKey.getByteArray(0, keySize), 0, keySize);
        more = nextKey(current);
        byte[] following = nextKey.getByteArray(0, keySize);
        if (LibBpf.bpf_map_lookup_elem(fd(), current, currentValue) == 0) {
          visitor.entry(buffer(current, keySize), buffer(currentValue, valueSize));
        }
        nextKey.write(0, following, 0, keySize);
      }
    }
  }

  private boolean nextKey(@Nullable Pointer previous) {
    return found("walking", LibBpf.bpf_map_get_next_key(fd(), previous, nextKey));
  }

  private boolean found(String operation, int error) {
    if (error == -Errno.ENOENT) {
      return false;
    }
    if (error < 0) {
      throw BpfException.of(operation + " map " + name, -error, "");
    }
    return true;
  }

  private ByteBuffer intKey(int key) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, key);
  }

  private void putKey(ByteBuffer key) {
    requireSize("key", key, keySize);
    keyBytes.put(0, key, 0, keySize);
  }

  private void requireSize(String what, ByteBuffer buffer, int size) {
    if (buffer.limit() != size) {
      throw new IllegalArgumentException(
          "a %s of map %s has %d bytes, not %d".formatted(what, name, size, buffer.limit()));
    }
  }

  private void requireOneValue() {
    if (perCpu) {
      throw new IllegalStateException(this + " has a value for each CPU");
    }
  }

  @Override
  public String toString() {
    return "map " + name;
  }
}
