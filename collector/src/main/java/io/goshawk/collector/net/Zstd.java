// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.net;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import io.opentelemetry.sdk.common.export.Compressor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.ZipException;

/**
 * Zstandard (RFC 8878), for whoever asks for it by its name. Its library is loaded when the first
 * byte is to be packed or unpacked. Thread-safe.
 */
public final class Zstd implements Compressor {

  /** As HTTP and gRPC name it. */
  public static final String NAME = "zstd";

  /** The only one. */
  public static final Zstd INSTANCE = new Zstd();

  private Zstd() {}

  /** Apart, so that its classes are loaded no sooner than they are needed. */
  private static final class Library {

    /** As the Collector's default. */
    private static final int LEVEL = 3;

    /** 8 MiB: what may be asked of who unpacks (RFC 9659); it is memory outside of the heap. */
    private static final int MOST_WINDOW_BITS = 23;

    private Library() {}

    static void load() throws IOException {
      try {
        Native.load();
      } catch (LinkageError e) {
        throw new IOException("the library for zstd cannot be loaded: " + e.getMessage(), e);
      }
    }

    static OutputStream pack(OutputStream to) throws IOException {
      load();
      return new ZstdOutputStreamNoFinalizer(to, LEVEL);
    }

    static InputStream unpack(InputStream from) throws IOException {
      load();
      ZstdInputStreamNoFinalizer unpacked = new ZstdInputStreamNoFinalizer(from);
      unpacked.setLongMax(MOST_WINDOW_BITS);
      return new Unpacked(unpacked);
    }
  }

  /** What is wrong with the bytes is said as of gzip. */
  private static final class Unpacked extends FilterInputStream {
    Unpacked(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (IOException e) {
        throw wrong(e);
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return super.read(bytes, offset, length);
      } catch (IOException e) {
        throw wrong(e);
      }
    }

    private static IOException wrong(IOException e) {
      IOException wrong = new ZipException("zstd: " + e.getMessage());
      wrong.initCause(e);
      return wrong;
    }
  }

  /**
   * Loads the library.
   *
   * @throws IOException if that cannot be
   */
  public static void load() throws IOException {
    Library.load();
  }

  @Override
  public String getEncoding() {
    return NAME;
  }

  @Override
  public OutputStream compress(OutputStream to) throws IOException {
    return Library.pack(to);
  }

  /** What is wrong with the bytes is a {@link ZipException}, as of gzip. */
  public InputStream decompress(InputStream from) throws IOException {
    return Library.unpack(from);
  }
}
