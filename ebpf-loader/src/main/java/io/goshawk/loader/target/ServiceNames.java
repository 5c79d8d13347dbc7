package io.goshawk.loader.target;

import java.util.Map;
import java.util.Optional;

/** Knows what processes are called as services. May be asked from any thread, and never waits. */
@FunctionalInterface
public interface ServiceNames {

  /**
   * The name that the spans of a process have, or would have.
   *
   * @param environment of the process; empty if it may not be read
   * @return empty if it is not known
   */
  Optional<String> of(TargetProcess process, Map<String, String> environment);
}
