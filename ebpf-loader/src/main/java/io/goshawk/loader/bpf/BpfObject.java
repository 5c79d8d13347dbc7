// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.goshawk.abi.MapLayout;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An eBPF object file: first opened, then loaded into the kernel, where its programs and maps live
 * until it is closed.
 *
 * <p>A program that the kernel refuses costs only itself: the object is loaded without it, and
 * {@link #refusals} tells what happened.
 */
public final class BpfObject implements AutoCloseable {
  /** Names its maps of global data and is what {@code bpftool map} shows. */
  private static final int M_MMAP_THRESHOLD = -3; // malloc.h

  private static final int MAPPED_BYTES = 128 << 10;

  private static final String NAME = "goshawk";

  /** libbpf prints through one callback for the whole process. */
  private static final Object LIBBPF_PRINT = new Object();

  private final Supplier<InputStream> elf;
  private ObjectOptions options;
  private final boolean multi;

  /** Whose maps this object uses instead of maps of its own. */
  private final @Nullable BpfObject owner;

  private @Nullable Pointer handle;
  private boolean loaded;
  private final List<Refusal> refusals = new ArrayList<>();
  private final Map<String, BpfMap> maps = new LinkedHashMap<>();
  private final Map<String, BpfProgram> programs = new LinkedHashMap<>();

  private BpfObject(
      Supplier<InputStream> elf, ObjectOptions options, boolean multi, @Nullable BpfObject owner) {
    this.elf = elf;
    this.options = options;
    this.multi = multi;
    this.owner = owner;
  }

  /**
   * Opens an object, without yet asking the kernel for anything but what it can do.
   *
   * @param elf the compiled object, read whenever programs of it are loaded: what was kept of it
   *     would be there for good
   * @throws BpfException if libbpf is missing or too old, or what is read is no object
   * @throws IllegalArgumentException if the options name what the object does not have, or one of
   *     its maps has other keys or values than the layouts this agent was built with
   */
  public static BpfObject open(Supplier<InputStream> elf, ObjectOptions options) {
    LibBpf.require();
    boolean multi =
        switch (options.uprobes()) {
          case BEST -> BpfSupport.uprobeMulti();
          case MULTI -> true;
          case SINGLE -> false;
        };
    BpfObject object = new BpfObject(elf, options, multi, null);
    object.open();
    try {
      object.checkMaps();
      object.checkOptions();
    } catch (IllegalArgumentException e) {
      object.close();
      throw e;
    }
    return object;
  }

  /**
   * Loads some more of the programs, which use the maps of this object.
   *
   * @param wanted programs that this object was loaded without
   * @return the object that they are in, loaded; to be closed before this one
   * @throws BpfException as {@link #load} does
   */
  public BpfObject loadMore(Set<String> wanted) {
    requireLoaded();
    Set<String> others = new HashSet<>();
    for (Pointer program : programHandles(requireHandle())) {
      others.add(LibBpf.bpf_program__name(program));
    }
    wanted.forEach(program -> requireNamed("program", program, List.copyOf(others)));
    others.removeAll(wanted);
    ObjectOptions rest = new ObjectOptions(Map.of(), Map.of(), others, options.uprobes());
    BpfObject more = new BpfObject(elf, rest, multi, this);
    try {
      more.open();
      return more.load();
    } catch (RuntimeException e) {
      more.close();
      throw e;
    }
  }

  private void open() {
    synchronized (LIBBPF_PRINT) {
      LibBpf.libbpf_set_print(null);
      reopen();
    }
  }

  /** A fresh handle with the options applied; libbpf loads a handle once, even if that failed. */
  private Pointer reopen() {
    releaseHandle();
    try (NativeBytes bytes = NativeBytes.of(elf);
        Memory openOptions = OpenOptions.allocate();
        Memory name = new Memory(NAME.length() + 1)) {
      name.setString(0, NAME);
      OpenOptions.objectName(openOptions, name);
      Pointer opened = LibBpf.bpf_object__open_mem(bytes.address(), bytes.length(), openOptions);
      if (opened == null) {
        int errno = Native.getLastError();
        throw new BpfException(
            "opening an eBPF object of %d bytes".formatted(bytes.length()),
            errno,
            "",
            "it must be an object that clang compiled for the target bpf; build it again");
      }
      handle = opened;
      apply(opened);
      return opened;
    }
  }

  private void apply(Pointer opened) {
    for (Pointer map : mapHandles(opened)) {
      if (owner != null) {
        reuse(map, owner.map(LibBpf.bpf_map__name(map)));
        continue;
      }
      Integer entries = options.mapEntries().get(LibBpf.bpf_map__name(map));
      if (entries != null) {
        LibBpf.bpf_map__set_max_entries(map, entries);
      }
      Integer constant = options.constants().get(LibBpf.bpf_map__name(map));
      if (constant != null) {
        setInitialValue(map, constant);
      }
    }
    for (Pointer program : programHandles(opened)) {
      if (options.without().contains(LibBpf.bpf_program__name(program))) {
        LibBpf.bpf_program__set_autoload(program, (byte) 0);
      }
      if (multi && isUprobe(program)) {
        LibBpf.bpf_program__set_expected_attach_type(
            program, BpfSystemCall.ATTACH_TYPE_UPROBE_MULTI);
      }
    }
  }

  private static void reuse(Pointer map, BpfMap of) {
    int result = LibBpf.bpf_map__reuse_fd(map, of.fd());
    if (result < 0) {
      throw BpfException.of("sharing map " + of.name(), -result, "");
    }
  }

  /** A section of constants is a map of one entry, which libbpf fills and then freezes. */
  private static void setInitialValue(Pointer map, int constant) {
    try (Memory value = new Memory(Integer.BYTES)) {
      value.setInt(0, constant);
      int result = LibBpf.bpf_map__set_initial_value(map, value, Integer.BYTES);
      if (result < 0) {
        throw BpfException.of("setting " + LibBpf.bpf_map__name(map), -result, "");
      }
    }
  }

  private void checkMaps() {
    Map<String, MapLayout> layouts = new HashMap<>();
    for (MapLayout layout : MapLayout.values()) {
      layouts.put(layout.mapName(), layout);
    }
    for (Pointer map : mapHandles(requireHandle())) {
      MapLayout layout = layouts.get(LibBpf.bpf_map__name(map));
      if (layout == null) {
        continue;
      }
      int keySize = LibBpf.bpf_map__key_size(map);
      int valueSize = LibBpf.bpf_map__value_size(map);
      if (keySize != layout.keySize() || valueSize != layout.valueSize()) {
        throw new IllegalArgumentException(
            ("map %s has keys of %d and values of %d bytes, but this agent was built for %d and %d;"
                    + " use the object that was built with it")
                .formatted(
                    layout.mapName(), keySize, valueSize, layout.keySize(), layout.valueSize()));
      }
    }
  }

  private void checkOptions() {
    List<String> mapNames =
        mapHandles(requireHandle()).stream().map(LibBpf::bpf_map__name).toList();
    List<String> programNames =
        programHandles(requireHandle()).stream().map(LibBpf::bpf_program__name).toList();
    options.mapEntries().keySet().forEach(map -> requireNamed("map", map, mapNames));
    options.constants().keySet().forEach(name -> requireNamed("section", name, mapNames));
    options.without().forEach(program -> requireNamed("program", program, programNames));
  }

  private static void requireNamed(String what, String name, List<String> names) {
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "the object has no " + what + " '" + name + "'; it has " + names);
    }
  }

  /**
   * Makes the maps and loads the programs, except those that the kernel refuses.
   *
   * @return this
   * @throws BpfException if not even the maps can be made, or nothing may be loaded at all
   */
  public BpfObject load() {
    if (loaded) {
      throw new IllegalStateException("the object is loaded already");
    }
    giveLargeMemoryBack();
    synchronized (LIBBPF_PRINT) {
      // Logs cost memory and a callback, so they are asked for only once something went wrong.
      if (LibBpf.bpf_object__load(requireHandle()) < 0) {
        while (!loadWithLog()) {}
      }
    }
    loaded = true;
    collect(requireHandle());
    return this;
  }

  /**
   * libbpf reads the kernel's BTF for each load. glibc would keep those 12 MB once they are free,
   * since it takes larger and larger blocks from its heaps unless it is told from which size on a
   * block is to be mapped (mallopt(3)).
   */
  private static void giveLargeMemoryBack() {
    try {
      NativeLibrary.getProcess()
          .getFunction("mallopt")
          .invokeInt(new Object[] {M_MMAP_THRESHOLD, MAPPED_BYTES});
    } catch (UnsatisfiedLinkError e) {
      // Another C library has another allocator.
    }
  }

  /** Whether it is loaded; if not, the program that was to blame will be left out the next time. */
  private boolean loadWithLog() {
    try (LoadLog log = new LoadLog()) {
      Pointer fresh = reopen();
      for (Pointer program : programHandles(fresh)) {
        log.watch(program, LibBpf.bpf_program__name(program));
      }
      int errno = -LibBpf.bpf_object__load(fresh);
      if (errno <= 0) {
        return true;
      }
      String program = log.refusedProgram();
      if (errno == Errno.EPERM) {
        // Missing rights are no program's fault, the next would meet the same; and what libbpf
        // guesses then, of locked memory and kernel options, leads astray.
        throw BpfException.of("loading the eBPF object", errno, "");
      }
      if (program == null || options.without().contains(program)) {
        throw new BpfException("loading the eBPF object", errno, log.tail(), Mends.forLoad(errno));
      }
      String detail = log.tail(program);
      refusals.add(
          new Refusal(
              program,
              new BpfException("loading program " + program, errno, detail, Mends.forLoad(errno))));
      options = options.without(program);
      return false;
    }
  }

  private void collect(Pointer object) {
    for (Pointer map : mapHandles(object)) {
      BpfMap bpfMap = new BpfMap(this, map);
      maps.put(bpfMap.name(), bpfMap);
    }
    for (Pointer program : programHandles(object)) {
      String name = LibBpf.bpf_program__name(program);
      if (!options.without().contains(name)) {
        programs.put(name, new BpfProgram(this, program, name, multi && isUprobe(program)));
      }
    }
  }

  private static boolean isUprobe(Pointer program) {
    String section = LibBpf.bpf_program__section_name(program);
    return section.equals("uprobe") || section.startsWith("uprobe/");
  }

  private static List<Pointer> mapHandles(Pointer object) {
    List<Pointer> handles = new ArrayList<>();
    Pointer map = LibBpf.bpf_object__next_map(object, null);
    while (map != null) {
      handles.add(map);
      map = LibBpf.bpf_object__next_map(object, map);
    }
    return handles;
  }

  private static List<Pointer> programHandles(Pointer object) {
    List<Pointer> handles = new ArrayList<>();
    Pointer program = LibBpf.bpf_object__next_program(object, null);
    while (program != null) {
      handles.add(program);
      program = LibBpf.bpf_object__next_program(object, program);
    }
    return handles;
  }

  /** The programs that the kernel did not take, and why; empty when all is well. */
  public List<Refusal> refusals() {
    return List.copyOf(refusals);
  }

  /**
   * A map.
   *
   * @throws IllegalArgumentException if the object has none of that name
   */
  public BpfMap map(String name) {
    requireLoaded();
    BpfMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException(
          "the object has no map '" + name + "'; it has " + maps.keySet());
    }
    return map;
  }

  /** A map of the object that this agent was built with. */
  public BpfMap map(MapLayout layout) {
    return map(layout.mapName());
  }

  /** A loaded program; empty if the kernel refused it or the options left it out. */
  public Optional<BpfProgram> program(String name) {
    requireLoaded();
    return Optional.ofNullable(programs.get(name));
  }

  /** The loaded programs by name, in the object's order. */
  public Map<String, BpfProgram> programs() {
    requireLoaded();
    return Collections.unmodifiableMap(programs);
  }

  /** Whether uprobe programs are attached by one link for all sites. */
  public boolean uprobeMulti() {
    return multi;
  }

  private void requireLoaded() {
    requireOpen();
    if (!loaded) {
      throw new IllegalStateException("the object is not loaded yet");
    }
  }

  void requireOpen() {
    requireHandle();
  }

  private Pointer requireHandle() {
    Pointer current = handle;
    if (current == null) {
      throw new IllegalStateException("the object is closed");
    }
    return current;
  }

  private void releaseHandle() {
    if (handle != null) {
      LibBpf.bpf_object__close(handle);
      handle = null;
    }
  }

  /** Removes programs and maps from the kernel; links must be closed before. Idempotent. */
  @Override
  public void close() {
    releaseHandle();
  }
}
