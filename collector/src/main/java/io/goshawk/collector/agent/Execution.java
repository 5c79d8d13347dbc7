// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.ExecutionRecord;
import io.goshawk.abi.ExecutionString;
import io.goshawk.abi.StringRef;
import io.goshawk.loader.target.ProcessFacts;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.spans.text.Utf8;
import java.util.HashMap;
import java.util.Map;

/**
 * What the kernel says of a process as that executes a program: what of the process's resource
 * would be gone with that life of its.
 *
 * @param startTicks clock ticks from boot to the process's start, which an execution does not
 *     change
 * @param userId effective, as the initial user namespace has it
 * @param command the first argument, or its beginning
 * @param environment its variables that describe a service
 * @param whole neither the command nor a variable was cut
 */
record Execution(
    long startTicks, long userId, String command, Map<String, String> environment, boolean whole) {

  private static final String SERVICE_NAME = "OTEL_SERVICE_NAME";
  private static final String ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES";

  /**
   * Reads a record.
   *
   * @param length of it, at least that of its fixed part
   */
  static Execution of(byte[] records, int offset, int length) {
    Strings strings = new Strings(records, offset, length);
    Map<String, String> environment = new HashMap<>();
    String name = strings.get(ExecutionString.EXECUTION_SERVICE_NAME);
    if (!name.isEmpty()) {
      environment.put(SERVICE_NAME, name);
    }
    String attributes = strings.get(ExecutionString.EXECUTION_RESOURCE_ATTRIBUTES);
    if (strings.isCut(ExecutionString.EXECUTION_RESOURCE_ATTRIBUTES)) {
      attributes = attributes.substring(0, Math.max(0, attributes.lastIndexOf(',')));
    }
    if (!attributes.isEmpty()) {
      environment.put(ATTRIBUTES, attributes);
    }
    // Behind the first argument are the others.
    String arguments = strings.get(ExecutionString.EXECUTION_COMMAND);
    int end = arguments.indexOf('\0');
    return new Execution(
        ProcessTable.ticks(ExecutionRecord.startBoottimeNs(records, offset)),
        Integer.toUnsignedLong(ExecutionRecord.effectiveUid(records, offset)),
        end < 0 ? arguments : arguments.substring(0, end),
        environment,
        end >= 0
            && !strings.isCut(ExecutionString.EXECUTION_SERVICE_NAME)
            && !strings.isCut(ExecutionString.EXECUTION_RESOURCE_ATTRIBUTES));
  }

  /**
   * Whether what was read of the process later is of this life of its, or cannot be told from it.
   */
  boolean agreesWith(ProcessFacts later) {
    if (later.process().startTicks() != startTicks) {
      return false;
    }
    String command = later.commandLine().isEmpty() ? "" : later.commandLine().get(0);
    return agree(this.command, command)
        && agree(SERVICE_NAME, later.environment())
        && agree(ATTRIBUTES, later.environment());
  }

  private boolean agree(String variable, Map<String, String> later) {
    return agree(environment.getOrDefault(variable, ""), later.getOrDefault(variable, ""));
  }

  private boolean agree(String here, String later) {
    return whole ? later.equals(here) : later.startsWith(here);
  }

  /** The strings of a record; one that does not lie in it is empty. */
  private record Strings(byte[] records, int offset, int length) {
    private int ref(ExecutionString string) {
      return offset + ExecutionRecord.OFFSET_STRINGS + string.value() * StringRef.SIZE;
    }

    private boolean isCut(ExecutionString string) {
      return StringRef.length(records, ref(string))
          != StringRef.originalLength(records, ref(string));
    }

    private String get(ExecutionString string) {
      int at = StringRef.offset(records, ref(string));
      int bytes = StringRef.length(records, ref(string));
      return at + bytes > length ? "" : Utf8.decode(records, offset + at, bytes, isCut(string));
    }
  }
}
