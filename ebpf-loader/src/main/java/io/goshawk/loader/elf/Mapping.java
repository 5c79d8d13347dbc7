package io.goshawk.loader.elf;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a file mapped into memory, to be unmapped when its user says so rather than when the
 * collector finds it.
 *
 * <p>Since Java 22 an {@code Arena} does that. Java 17 has no public way; {@code
 * sun.misc.Unsafe.invokeCleaner} is the one that its module {@code jdk.unsupported} keeps open, and
 * newer ones warn of. Both are reached by method handles, as this is compiled for Java 17.
 */
final class Mapping {

  private static final @Nullable Arenas ARENAS = Arenas.find();
  private static final @Nullable MethodHandle INVOKE_CLEANER =
      ARENAS == null ? findInvokeCleaner() : null;

  private final ByteBuffer buffer;
  private final @Nullable AutoCloseable arena;

  private Mapping(ByteBuffer buffer, @Nullable AutoCloseable arena) {
    this.buffer = buffer;
    this.arena = arena;
  }

  /** Maps a piece of a file for reading. */
  static Mapping map(FileChannel channel, long start, long bytes) throws IOException {
    return ARENAS == null
        ? new Mapping(channel.map(MapMode.READ_ONLY, start, bytes), null)
        : ARENAS.map(channel, start, bytes);
  }

  /** The bytes. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** Unmaps; the buffer must never be touched again. Without a way to, the collector does it. */
  void unmap() {
    try {
      if (arena != null) {
        arena.close();
      } else if (INVOKE_CLEANER != null) {
        INVOKE_CLEANER.invoke(buffer);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap " + buffer, e);
    }
  }

  /** {@code java.lang.foreign} of Java 22 and newer. */
  private record Arenas(MethodHandle ofShared, MethodHandle map, MethodHandle asByteBuffer) {

    static @Nullable Arenas find() {
      if (Runtime.version().feature() < 22) {
        return null;
      }
      try {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        Class<?> arena = Class.forName("java.lang.foreign.Arena");
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        return new Arenas(
            lookup.findStatic(arena, "ofShared", MethodType.methodType(arena)),
            lookup.findVirtual(
                FileChannel.class,
                "map",
                MethodType.methodType(segment, MapMode.class, long.class, long.class, arena)),
            lookup.findVirtual(segment, "asByteBuffer", MethodType.methodType(ByteBuffer.class)));
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }

    Mapping map(FileChannel channel, long start, long bytes) throws IOException {
      try {
        AutoCloseable arena = (AutoCloseable) ofShared.invoke();
        Object segment = map.invoke(channel, MapMode.READ_ONLY, start, bytes, arena);
        return new Mapping((ByteBuffer) asByteBuffer.invoke(segment), arena);
      } catch (IOException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("cannot map " + bytes + " bytes at " + start, e);
      }
    }
  }

  private static @Nullable MethodHandle findInvokeCleaner() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      var field = unsafe.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
