// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.stat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A mount of a mount namespace: a line of mountinfo in proc(5).
 *
 * @param id as {@link FileStatus#mountId}
 * @param path where it is mounted; names are bytes, and each is a character here
 * @param type of its file system
 * @param layers the folders that an overlay shows, as far as they have whole names
 */
public record Mount(long id, String path, String type, List<String> layers) {

  /**
   * Those whose files others keep, who may never answer. Not virtiofs: without its server, this
   * machine's own host, the machine itself would not go on.
   */
  private static final Set<String> REMOTE =
      Set.of(
          "9p",
          "afs",
          "autofs",
          "beegfs",
          "ceph",
          "cifs",
          "coda",
          "gfs2",
          "gpfs",
          "lustre",
          "nfs",
          "nfs4",
          "ocfs2",
          "orangefs",
          "smb3",
          "vboxsf",
          "vmhgfs");

  private static final String OVERLAY = "overlay";

  /** Overlays may be layers of others, which the kernel allows once. */
  private static final int OVERLAYS_IN_EACH_OTHER = 3;

  /** Copies the layers. */
  public Mount {
    layers = List.copyOf(layers);
  }

  /** One that shows no others. */
  public Mount(long id, String path, String type) {
    this(id, path, type, List.of());
  }

  /** Served by a process: {@code fuse}, {@code fuseblk} and {@code fuse.} with what it is. */
  private static final String FUSE = "fuse";

  /**
   * How much of a list is read. Whoever has a user namespace of his own may have a hundred thousand
   * mounts in it, whose names take hundreds of megabytes; the first are those of the machine.
   */
  private static final int LIMIT_BYTES = 1 << 20;

  /**
   * The mounts of a process, or of a thread, as far as they are read: see {@link #LIMIT_BYTES}.
   *
   * @param mountinfo its file of that name
   * @throws IOException if the process is gone, or may not be looked at
   */
  public static List<Mount> all(Path mountinfo) throws IOException {
    return lines(mountinfo).stream().map(Mount::of).toList();
  }

  /**
   * One of them.
   *
   * @throws IOException as {@link #all}
   */
  public static Optional<Mount> withId(Path mountinfo, long id) throws IOException {
    String beginning = id + " ";
    return lines(mountinfo).stream()
        .filter(line -> line.startsWith(beginning))
        .map(Mount::of)
        .findFirst();
  }

  /** Whole lines. */
  private static List<String> lines(Path mountinfo) throws IOException {
    try (InputStream in = Files.newInputStream(mountinfo)) {
      String text = new String(in.readNBytes(LIMIT_BYTES), StandardCharsets.ISO_8859_1);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }
  }

  private static Mount of(String line) {
    String[] fields = line.split(" ");
    // Its type, what is mounted, and the options of that.
    String[] system = line.substring(line.indexOf(" - ") + 3).split(" ", 3);
    List<String> layers =
        system[0].equals(OVERLAY) && system.length == 3 ? layers(system[2]) : List.of();
    return new Mount(Long.parseLong(fields[0]), unescaped(fields[4]), system[0], layers);
  }

  private static List<String> layers(String options) {
    List<String> layers = new ArrayList<>();
    for (String option : options.split(",")) {
      int value = option.indexOf('=') + 1;
      if (option.startsWith("lowerdir") || option.startsWith("upperdir")) {
        for (String layer : option.substring(value).split(":")) {
          if (layer.startsWith("/")) {
            layers.add(unescaped(layer));
          }
        }
      }
    }
    return layers;
  }

  /** White space and backslashes are octal there. */
  private static String unescaped(String path) {
    return path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }

  /** Whether to ask for its files may wait for somebody who does not answer. */
  public boolean isRemote() {
    return REMOTE.contains(type) || type.startsWith(FUSE);
  }

  /**
   * Whether its files are those of layers, whose names may be relative, or of another namespace.
   */
  public boolean isOverlay() {
    return type.equals(OVERLAY);
  }

  /**
   * Whether {@link #isRemote}, also of an overlay, whose files are those of its layers.
   *
   * @param mounts where its layers are looked for
   */
  public boolean isRemoteAmong(List<Mount> mounts) {
    return isRemoteAmong(mounts, OVERLAYS_IN_EACH_OTHER);
  }

  private boolean isRemoteAmong(List<Mount> mounts, int depth) {
    return isRemote()
        || (depth > 0
            && layers.stream()
                .flatMap(layer -> holding(layer, mounts).stream())
                .anyMatch(mount -> mount.isRemoteAmong(mounts, depth - 1)));
  }

  /** The mount that a folder is in, or a file, by its whole name. */
  public static Optional<Mount> holding(String folder, List<Mount> mounts) {
    return mounts.stream()
        .filter(mount -> (folder + '/').startsWith(mount.path.equals("/") ? "/" : mount.path + '/'))
        .max(Comparator.comparingInt(mount -> mount.path.length()));
  }

  /** Type and place, for messages. */
  @Override
  public String toString() {
    byte[] name = path.getBytes(StandardCharsets.ISO_8859_1);
    return type + " at " + new String(name, StandardCharsets.UTF_8);
  }
}
