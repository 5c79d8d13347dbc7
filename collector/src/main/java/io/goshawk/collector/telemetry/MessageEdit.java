// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.util.Arrays;

/**
 * An encoded message of which fields of one number change: some go, others come, and all else is
 * copied as the bytes it was. The same edit goes from message to message. Confined to one thread.
 */
public final class MessageEdit {
  private final ProtoReader reader = new ProtoReader(new byte[0]);
  private byte[] bytes = new byte[0];
  private int from;
  private int to;
  private int field;

  // Fields of that number: first those that the message has, then those that come.
  private int count;
  private int there;
  private int[] begins = new int[16];
  private int[] starts = new int[16];
  private int[] ends = new int[16];
  private boolean[] gone = new boolean[16];

  /** Holds those that come. */
  private byte[] added = new byte[128];

  private int addedBytes;

  private int length;
  private boolean changed;

  MessageEdit() {}

  /** Goes to the message that is from one place to another; its bytes must stay as they are. */
  void at(byte[] all, int first, int last, int number) {
    bytes = all;
    from = first;
    to = last;
    field = number;
    length = last - first;
    count = 0;
    addedBytes = 0;
    changed = false;
    int before = first;
    reader.reset(all, first, last - first);
    try {
      while (reader.next()) {
        if (reader.isBytes(number)) {
          entry(before, reader.start(), reader.position());
        }
        before = reader.position();
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a message that was checked cannot be read", e);
    }
    there = count;
  }

  private void entry(int begin, int start, int end) {
    if (count == begins.length) {
      begins = Arrays.copyOf(begins, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
      gone = Arrays.copyOf(gone, 2 * count);
    }
    begins[count] = begin;
    starts[count] = start;
    ends[count] = end;
    gone[count++] = false;
  }

  /** How many fields of the number there are, with those that go and those that come. */
  int count() {
    return count;
  }

  boolean isGone(int index) {
    return gone[index];
  }

  /** Holds the content of a field. */
  byte[] array(int index) {
    return index < there ? bytes : added;
  }

  /** Where in its array the content of a field begins. */
  int start(int index) {
    return starts[index];
  }

  /** Where it ends. */
  int end(int index) {
    return ends[index];
  }

  /** The field goes. */
  void remove(int index) {
    gone[index] = true;
    length -= ends[index] - begins[index];
    changed = true;
  }

  /** A field comes, behind all others. */
  void add(byte[] content) {
    int most = addedBytes + content.length + 2 * MAX_VARINT_BYTES;
    if (most > added.length) {
      added = Arrays.copyOf(added, 2 * most);
    }
    int begin = addedBytes;
    int start = head(added, begin, field, content.length);
    System.arraycopy(content, 0, added, start, content.length);
    addedBytes = start + content.length;
    entry(begin, start, addedBytes);
    length += addedBytes - begin;
    changed = true;
  }

  /** Whether anything went or came. */
  boolean changed() {
    return changed;
  }

  private static final int MAX_VARINT_BYTES = 5;

  /** Writes tag and length of a field; where its content begins. */
  private static int head(byte[] target, int at, int field, int length) {
    return varint(target, varint(target, at, lengthTag(field)), length);
  }

  private static int varint(byte[] target, int at, int value) {
    int next = at;
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      target[next++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[next] = (byte) rest;
    return next + 1;
  }

  /** How long the message is as a field, at most. */
  int fieldBytes() {
    return length + 2 * MAX_VARINT_BYTES;
  }

  /** Writes the message as a field of that number; where it ends. */
  int writeField(byte[] target, int at, int number) {
    return write(target, head(target, at, number, length));
  }

  /** The message as it is now. */
  byte[] toByteArray() {
    byte[] message = new byte[length];
    write(message, 0);
    return message;
  }

  private int write(byte[] target, int at) {
    int next = at;
    int behind = from;
    for (int i = 0; i < there; i++) {
      if (gone[i]) {
        next = copy(bytes, behind, begins[i], target, next);
        behind = ends[i];
      }
    }
    next = copy(bytes, behind, to, target, next);
    for (int i = there; i < count; i++) {
      if (!gone[i]) {
        next = copy(added, begins[i], ends[i], target, next);
      }
    }
    return next;
  }

  private static int copy(byte[] source, int first, int last, byte[] target, int at) {
    System.arraycopy(source, first, target, at, last - first);
    return at + last - first;
  }
}
