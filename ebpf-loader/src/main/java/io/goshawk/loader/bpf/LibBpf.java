// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Callback;
import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * libbpf 1.0 and newer, by its soname or by the path in the system property {@value
 * #PATH_PROPERTY}.
 *
 * <p>From 1.0 on, functions that return an int return a negative errno, and those that return a
 * pointer return null and set errno. None is declared to throw {@code LastErrorException}: libbpf
 * leaves an errno behind from attempts that it recovered from, so a successful call would throw.
 *
 * <p>Declared here is only what 1.0 has, since registering resolves every symbol.
 */
final class LibBpf {
  static final String PATH_PROPERTY = "goshawk.libbpf.path";
  private static final String SONAME = "libbpf.so.1";

  private LibBpf() {}

  /**
   * Finds and binds the library.
   *
   * @throws BpfException if it is missing or older than 1.0
   */
  static void require() {
    Binding.bound();
  }

  /** {@code major.minor} of the library that is bound. */
  static String version() {
    require();
    return libbpf_major_version() + "." + libbpf_minor_version();
  }

  /** Binds once. A class initializer could not report a failure twice with its reason. */
  private static final class Binding {
    private static @Nullable BpfException failure;
    private static boolean bound;

    private Binding() {}

    static synchronized void bound() {
      if (bound) {
        return;
      }
      if (failure == null) {
        try {
          Native.register(LibBpf.class, open());
          bound = true;
          return;
        } catch (BpfException e) {
          failure = e;
        } catch (UnsatisfiedLinkError e) {
          failure = tooOld(e.getMessage());
        }
      }
      throw failure;
    }

    private static NativeLibrary open() {
      String name = System.getProperty(PATH_PROPERTY, SONAME);
      NativeLibrary library;
      try {
        library = NativeLibrary.getInstance(name);
      } catch (UnsatisfiedLinkError e) {
        throw new BpfException(
            "finding " + name,
            0,
            reason(e),
            "install libbpf 1.0 or newer (Debian, Ubuntu: apt-get install libbpf1), or give its path"
                + " with -D"
                + PATH_PROPERTY);
      }
      Function major;
      try {
        major = library.getFunction("libbpf_major_version");
      } catch (UnsatisfiedLinkError e) {
        throw tooOld("no libbpf_major_version");
      }
      if (major.invokeInt(new Object[0]) < 1) {
        throw tooOld("a 0.x release");
      }
      return library;
    }

    /** JNA says that it could not load the library, and in the next line what the linker said. */
    private static String reason(UnsatisfiedLinkError e) {
      return String.valueOf(e.getMessage()).lines().skip(1).findFirst().orElse("");
    }

    private static BpfException tooOld(@Nullable String why) {
      return new BpfException(
          "binding " + System.getProperty(PATH_PROPERTY, SONAME),
          0,
          "it is older than libbpf 1.0: " + why,
          "install libbpf 1.0 or newer (Debian 12 and Ubuntu 24.04 have it as libbpf1)");
    }
  }

  /** Takes libbpf's messages. {@code arguments} is the C function's {@code va_list}. */
  interface PrintCallback extends Callback {
    int invoke(int level, Pointer format, Pointer arguments);
  }

  static native int libbpf_major_version();

  static native int libbpf_minor_version();

  static native int libbpf_num_possible_cpus();

  static native int libbpf_probe_bpf_map_type(int type, @Nullable Pointer options);

  static native @Nullable Pointer libbpf_set_print(@Nullable PrintCallback callback);

  static native @Nullable Pointer bpf_object__open_mem(Pointer bytes, long size, Pointer options);

  static native int bpf_object__load(Pointer object);

  static native void bpf_object__close(Pointer object);

  static native @Nullable Pointer bpf_object__next_map(Pointer object, @Nullable Pointer previous);

  static native @Nullable Pointer bpf_object__next_program(
      Pointer object, @Nullable Pointer previous);

  static native String bpf_map__name(Pointer map);

  static native int bpf_map__fd(Pointer map);

  static native int bpf_map__reuse_fd(Pointer map, int fd);

  static native int bpf_map__type(Pointer map);

  static native int bpf_map__key_size(Pointer map);

  static native int bpf_map__value_size(Pointer map);

  static native int bpf_map__max_entries(Pointer map);

  static native int bpf_map__set_max_entries(Pointer map, int entries);

  static native int bpf_map__set_initial_value(Pointer map, Pointer data, long size);

  static native String bpf_program__name(Pointer program);

  static native String bpf_program__section_name(Pointer program);

  static native int bpf_program__fd(Pointer program);

  static native int bpf_program__set_autoload(Pointer program, byte autoload);

  static native int bpf_program__set_expected_attach_type(Pointer program, int type);

  static native int bpf_program__set_log_buf(Pointer program, Pointer buffer, long size);

  static native @Nullable Pointer bpf_program__attach(Pointer program);

  static native @Nullable Pointer bpf_program__attach_uprobe_opts(
      Pointer program, int pid, String path, long offset, Pointer options);

  static native int bpf_link__destroy(Pointer link);

  static native int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

  static native int bpf_map_update_elem(int fd, Pointer key, Pointer value, long flags);

  static native int bpf_map_delete_elem(int fd, Pointer key);

  static native int bpf_map_get_next_key(int fd, @Nullable Pointer key, Pointer next);

  static native int bpf_map_lookup_batch(
      int fd,
      @Nullable Pointer inBatch,
      Pointer outBatch,
      Pointer keys,
      Pointer values,
      Pointer count,
      @Nullable Pointer options);

  static native int bpf_prog_test_run_opts(int fd, Pointer options);
}
