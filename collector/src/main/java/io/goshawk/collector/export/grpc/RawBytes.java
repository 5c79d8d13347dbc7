// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Messages that are serialised already, or that nobody parses. */
final class RawBytes implements MethodDescriptor.Marshaller<RawBytes.Message> {

  /**
   * The first {@code length} bytes of an array, which must not change until the call is over.
   *
   * @param bytes the array
   * @param length how many of them belong to the message
   */
  record Message(byte[] bytes, int length) {}

  @Override
  public InputStream stream(Message message) {
    return new MessageStream(message);
  }

  @Override
  public Message parse(InputStream stream) {
    try {
      byte[] bytes = stream.readAllBytes();
      return new Message(bytes, bytes.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets grpc-java copy a message in one go. */
  private static final class MessageStream extends ByteArrayInputStream
      implements Drainable, KnownLength {
    MessageStream(Message message) {
      super(message.bytes(), 0, message.length());
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = count - pos;
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
