// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What libbpf and the verifier say during one attempt to load an object: libbpf's messages through
 * its print callback, the verifier's words in a buffer of each program.
 *
 * <p>libbpf's callback is one for the process, so one attempt is logged at a time; the lock is
 * {@link BpfObject}'s.
 */
final class LoadLog implements AutoCloseable {
  /** Reserved, not touched: a page costs memory only once the verifier writes to it. */
  private static final int VERIFIER_LOG_BYTES = 1 << 20;

  private static final int MESSAGE_BYTES = 16 << 10;
  private static final int TAIL_LINES = 12;
  private static final int LEVEL_WARN = 0;

  /** As in {@code prog 'http_server_start': BPF program load failed: Invalid argument}. */
  private static final Pattern PROGRAM = Pattern.compile("prog '([^']+)': ");

  private final List<String> messages = new ArrayList<>();
  private final Map<String, Memory> verifierLogs = new HashMap<>();
  private final Memory scratch = new Memory(MESSAGE_BYTES);

  /** Held here because native code keeps only a weak reference to it. */
  private final LibBpf.PrintCallback callback = this::print;

  LoadLog() {
    LibBpf.libbpf_set_print(callback);
  }

  /** Must not throw: it is called from native code. */
  private int print(int level, Pointer format, Pointer arguments) {
    if (level == LEVEL_WARN && LibC.vsnprintf(scratch, MESSAGE_BYTES, format, arguments) > 0) {
      messages.add(scratch.getString(0).strip());
    }
    return 0;
  }

  /** Gives a program that is about to be loaded a log of its own. */
  void watch(Pointer program, String name) {
    Memory log = new Memory(VERIFIER_LOG_BYTES);
    log.setByte(0, (byte) 0);
    verifierLogs.put(name, log);
    LibBpf.bpf_program__set_log_buf(program, log, VERIFIER_LOG_BYTES);
  }

  /** The program that the load failed on: the last one with a verifier log or a warning. */
  @Nullable String refusedProgram() {
    for (int i = messages.size() - 1; i >= 0; i--) {
      Matcher matcher = PROGRAM.matcher(messages.get(i));
      if (matcher.find()) {
        return matcher.group(1);
      }
    }
    return verifierLogs.entrySet().stream()
        .filter(log -> log.getValue().getByte(0) != 0)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  /** The last words about a program: the verifier's, else libbpf's. */
  String tail(String program) {
    Memory log = verifierLogs.get(program);
    String verifier = log == null ? "" : log.getString(0).strip();
    return verifier.isEmpty() ? tail() : lastLines(verifier.lines().toList());
  }

  /** libbpf's last messages. */
  String tail() {
    return lastLines(messages);
  }

  private static String lastLines(List<String> lines) {
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  @Override
  public void close() {
    LibBpf.libbpf_set_print(null);
    scratch.close();
    verifierLogs.values().forEach(Memory::close);
  }
}
