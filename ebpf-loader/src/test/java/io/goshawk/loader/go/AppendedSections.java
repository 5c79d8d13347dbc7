// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A copy of a Go program in which sections lie elsewhere: behind its end, with other contents. What
 * the kernel loads is as before, so it would run.
 */
final class AppendedSections implements AutoCloseable {

  private static final int HEADER_BYTES = 64;
  private static final long COMPRESSED = 0x800;

  private final FileChannel file;
  private final ByteBuffer program;

  AppendedSections(Path from, Path copy) throws IOException {
    Files.copy(from, copy, StandardCopyOption.REPLACE_EXISTING);
    file = FileChannel.open(copy, StandardOpenOption.WRITE);
    program = ByteBuffer.wrap(Files.readAllBytes(from)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Gives a section these contents. */
  AppendedSections contents(String section, ByteBuffer contents) throws IOException {
    return contents(section, contents, contents.remaining(), false);
  }

  /**
   * Gives a section contents that go on as a hole.
   *
   * @param bytes how long it says to be
   */
  AppendedSections contents(String section, ByteBuffer contents, long bytes, boolean compressed)
      throws IOException {
    long offset = (file.size() + 15) / 16 * 16;
    int header = header(section);
    file.write(contents, offset);
    if (offset + bytes > file.size()) {
      file.write(ByteBuffer.wrap(new byte[1]), offset + bytes - 1);
    }
    ByteBuffer place = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    place.putLong(compressed ? COMPRESSED : 0).putLong(program.getLong(header + 16));
    file.write(place.putLong(offset).putLong(bytes).flip(), header + 8);
    return this;
  }

  /** Where a section is loaded. */
  long address(String section) {
    return program.getLong(header(section) + 16);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private int header(String section) {
    int headers = (int) program.getLong(40);
    int names = (int) program.getLong(headers + HEADER_BYTES * program.getShort(62) + 24);
    byte[] name = (section + '\0').getBytes(StandardCharsets.US_ASCII);
    for (int i = 1; i < program.getShort(60); i++) {
      int header = headers + HEADER_BYTES * i;
      ByteBuffer here = program.slice(names + program.getInt(header), name.length);
      if (here.equals(ByteBuffer.wrap(name))) {
        return header;
      }
    }
    throw new IllegalArgumentException("no section " + section);
  }
}
