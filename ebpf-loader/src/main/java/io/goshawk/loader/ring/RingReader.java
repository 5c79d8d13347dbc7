package io.goshawk.loader.ring;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfMap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a BPF ring buffer in place.
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
 * <p>The second mapping would count as resident memory a second time. Instead, the one record in a
 * round that wraps is put together in a buffer of its own.
 *
 * <p>One thread drains and closes. After closing, nothing may touch a buffer that a handler was
 * given: the memory is gone.
 */
public final class RingReader implements AutoCloseable {
  private static final int HEADER_BYTES = 8;
  private static final int DISCARDED = 1 << 30;
  private static final int LENGTH_MASK = DISCARDED - 1;

  /** Largest power of two that an int can index. */
  private static final int MAX_CAPACITY = 1 << 30;

  /** Records between two releases of the consumer position: freeing room late costs programs it. */
  private static final int RELEASE_INTERVAL = 64;

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

  /** For a record that wraps. Outside the heap as the data is, so that handlers see one kind. */
  private ByteBuffer wrapped = allocate(4096);

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

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
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
    long released = position;
    int sinceRelease = 0;
    try {
      long end = (long) LONG.getAcquire(producer, 0);
      while (delivered < limit) {
        if (position >= end) {
          end = (long) LONG.getAcquire(producer, 0);
          if (position >= end) {
            break;
          }
        }
        int at = (int) position & mask;
        int header = (int) INT.getAcquire(data, at);
        if (header < 0) {
          break; // reserved, not yet submitted; later ones wait for it, so that order is kept
        }
        int length = header & LENGTH_MASK;
        position += (length + HEADER_BYTES + 7) & ~7;
        if ((header & DISCARDED) == 0) {
          delivered++;
          // The header is eight bytes at a multiple of eight: it never wraps, but may be the last.
          int begin = (at + HEADER_BYTES) & mask;
          if (length <= capacity - begin) {
            handler.onRecord(data, begin, length);
          } else {
            handler.onRecord(unwrap(begin, length), 0, length);
          }
        }
        if (++sinceRelease == RELEASE_INTERVAL) {
          LONG.setRelease(consumer, 0, position);
          released = position;
          sinceRelease = 0;
        }
      }
    } finally {
      if (released != position) {
        LONG.setRelease(consumer, 0, position);
      }
    }
    return delivered;
  }

  private ByteBuffer unwrap(int begin, int length) {
    if (wrapped.capacity() < length) {
      wrapped = allocate(length);
    }
    int head = capacity - begin;
    wrapped.put(0, data, begin, head).put(head, data, 0, length - head);
    return wrapped;
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

  /** Bytes that the ring holds, eight for each record included. */
  public int capacityBytes() {
    return capacity;
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
