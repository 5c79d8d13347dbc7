package io.goshawk.loader.elf;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Unmaps a mapped buffer now rather than when it is collected.
 *
 * <p>Java 17 has no public way; {@code sun.misc.Unsafe.invokeCleaner} is the one its module {@code
 * jdk.unsupported} keeps open for that. It is reached by a method handle, as javac warns of any
 * direct use. Where it is missing, buffers wait for the collector.
 */
final class Unmapper {

  private static final @Nullable MethodHandle INVOKE_CLEANER = find();

  private Unmapper() {}

  /** The buffer must never be touched again. */
  static void unmap(ByteBuffer mapped) {
    MethodHandle cleaner = INVOKE_CLEANER;
    if (cleaner == null) {
      return;
    }
    try {
      cleaner.invoke(mapped);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap " + mapped, e);
    }
  }

  private static @Nullable MethodHandle find() {
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
