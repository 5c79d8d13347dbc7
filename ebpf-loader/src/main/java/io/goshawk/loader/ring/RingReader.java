// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.ring;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfMap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a BPF ring buffer.
 *
 * <p>The kernel offers it as (kernel/bpf/ringbuf.c, libbpf's ringbuf.c):
 *
 * <pre>
 *   consumer page     position up to which we have read; ours to write
 *   producer page     position up to which programs have reserved
 *   data              capacity bytes
 *   data again        the same pages, so that no record wraps; not mapped here
 * </pre>
 *
 * Positions only grow; modulo the capacity they are offsets into the data. A record is
 *
 * <pre>
 *   0  u32  length in bits 0-29; bit 31: still being written; bit 30: discarded
 *   4  u32  the kernel's own
 *   8  ...  the record, padded to a multiple of eight
 * </pre>
 *
 * <p>Records are copied out many at a time, which costs less than to read each in place: accesses
 * to memory outside the heap are calls in code that C1 compiled. So a record that wraps needs no
 * second mapping, which would count as resident memory a second time.
 *
 * <p>One thread drains and closes.
 */
public final class RingReader implements AutoCloseable {
  private static final int HEADER_BYTES = 8;
  private static final int DISCARDED = 1 << 30;
  private static final int LENGTH_MASK = DISCARDED - 1;

  /** Largest power of two that an int can index. */
  private static final int MAX_CAPACITY = 1 << 30;

  /** Copied at a time, if no record is larger. Room in the ring is free again after that many. */
  private static final int COPIED_BYTES = 32 * 1024;

  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  /** Offsets in {@code struct pollfd}: int fd, short events, short revents. */
  private static final int POLL_EVENTS = 4;

  private static final int POLL_RETURNED_EVENTS = 6;

  private final int capacity;
  private final int mask;
  private final int pageSize;
  private final Pointer consumerPage;
  private final Pointer producerPages;
  private final ByteBuffer consumer;
  private final ByteBuffer producer;
  private final ByteBuffer data;

  private byte[] copy = new byte[COPIED_BYTES];

  private final Memory pollDescriptor = new Memory(8);

  /** Only we write it, so it need not be read back. */
  private long position;

  private boolean closed;

  /**
   * Maps a ring buffer, from where its last reader left off.
   *
   * @param map of type ring buffer; must stay open as long as this
   * @throws BpfException if the kernel does not map it
   */
  public RingReader(BpfMap map) {
    this(map.fd(), map.maxEntries());
  }

  private RingReader(int fd, int capacity) {
    if (Integer.bitCount(capacity) != 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "a ring of %d bytes: it must be a power of two up to %d"
              .formatted(capacity, MAX_CAPACITY));
    }
    this.capacity = capacity;
    this.mask = capacity - 1;
    this.pageSize = (int) LibC.sysconf(LibC.SC_PAGESIZE);
    this.consumerPage = map(fd, pageSize, LibC.PROT_READ | LibC.PROT_WRITE, 0);
    try {
      this.producerPages = map(fd, producerBytes(), LibC.PROT_READ, pageSize);
    } catch (BpfException e) {
      LibC.munmap(consumerPage, pageSize);
      throw e;
    }
    this.consumer = consumerPage.getByteBuffer(0, pageSize).order(ByteOrder.nativeOrder());
    this.producer = producerPages.getByteBuffer(0, pageSize).order(ByteOrder.nativeOrder());
    this.data =
        producerPages
            .getByteBuffer(pageSize, capacity)
            .asReadOnlyBuffer()
            .order(ByteOrder.nativeOrder());
    this.position = (long) LONG.getAcquire(consumer, 0);
    pollDescriptor.setInt(0, fd);
    pollDescriptor.setShort(POLL_EVENTS, LibC.POLLIN);
  }

  private long producerBytes() {
    return (long) pageSize + capacity;
  }

  private static Pointer map(int fd, long length, int protection, long offset) {
    try {
      return LibC.mmap(null, length, protection, LibC.MAP_SHARED, fd, offset);
    } catch (LastErrorException e) {
      throw new BpfException(
          "mapping %d bytes of a ring buffer".formatted(length),
          e.getErrorCode(),
          "",
          "the map must be a ring buffer, and the address space and memory limits must allow it");
    }
  }

  /**
   * Hands over the records that are there, at most {@code limit}. Records that programs discarded
   * are passed over and not counted.
   *
   * <p>If the handler throws, its record counts as read and the exception goes on to the caller;
   * the next call continues with the record after it.
   *
   * @return how many records the handler was given
   */
  public int drain(RecordHandler handler, int limit) {
    requireOpen();
    int delivered = 0;
    while (delivered < limit) {
      int bytes = submitted(limit - delivered);
      if (bytes == 0) {
        break;
      }
      copyOut(bytes);
      delivered += handOver(handler, bytes);
    }
    return delivered;
  }

  /** Bytes of the next whole records, as many as may be handed over and as are copied at a time. */
  private int submitted(int limit) {
    long unread = (long) LONG.getAcquire(producer, 0) - position;
    int bytes = 0;
    int records = 0;
    while (bytes < unread && records < limit) {
      // The header is eight bytes at a multiple of eight: it never wraps.
      int header = (int) INT.getAcquire(data, (int) (position + bytes) & mask);
      if (header < 0) {
        break; // reserved, not yet submitted; later ones wait for it, so that order is kept
      }
      int size = paddedSize(header);
      if (bytes > 0 && bytes + size > COPIED_BYTES) {
        break;
      }
      bytes += size;
      records += (header & DISCARDED) == 0 ? 1 : 0;
    }
    return bytes;
  }

  private static int paddedSize(int header) {
    return ((header & LENGTH_MASK) + HEADER_BYTES + 7) & ~7;
  }

  private void copyOut(int bytes) {
    if (copy.length < bytes) {
      copy = new byte[bytes];
    }
    int at = (int) position & mask;
    int head = Math.min(bytes, capacity - at);
    data.get(at, copy, 0, head);
    data.get(0, copy, head, bytes - head);
  }

  /** Hands over the records that were copied; the room of those that were is free then. */
  private int handOver(RecordHandler handler, int bytes) {
    int delivered = 0;
    int at = 0;
    try {
      while (at < bytes) {
        int header = LittleEndian.i32(copy, at);
        int begin = at + HEADER_BYTES;
        at += paddedSize(header);
        if ((header & DISCARDED) == 0) {
          delivered++;
          handler.onRecord(copy, begin, header & LENGTH_MASK);
        }
      }
    } finally {
      position += at;
      LONG.setRelease(consumer, 0, position);
    }
    return delivered;
  }

  /**
   * Waits until a program submits a record with a wake-up, or records are there already. May return
   * early, as after a signal.
   *
   * @param timeoutMillis how long at most; 0 does not wait
   * @return whether there is something to drain
   */
  public boolean poll(int timeoutMillis) {
    requireOpen();
    pollDescriptor.setShort(POLL_RETURNED_EVENTS, (short) 0);
    try {
      return LibC.poll(pollDescriptor, 1, timeoutMillis) > 0;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == LibC.EINTR) {
        return false;
      }
      throw new BpfException("waiting for a ring buffer", e.getErrorCode(), "", "");
    }
  }

  /** Bytes that programs have reserved and nobody has read. */
  public long unreadBytes() {
    requireOpen();
    return (long) LONG.getAcquire(producer, 0) - position;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the ring reader is closed");
    }
  }

  /** Unmaps the ring; idempotent. What was not drained is left for another reader. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.munmap(producerPages, producerBytes());
      LibC.munmap(consumerPage, pageSize);
      pollDescriptor.close();
    }
  }
}
