package io.goshawk.loader.target;

import java.util.List;

/**
 * What a selector names among the processes there are.
 *
 * @param processes those it names, by ascending id
 * @param others those it does not name, where what they are called as services might name them
 * @param obstacles why there may be more that it names
 */
public record Selection(
    List<TargetProcess> processes, List<TargetProcess> others, List<Obstacle> obstacles) {

  public Selection {
    processes = List.copyOf(processes);
    others = List.copyOf(others);
    obstacles = List.copyOf(obstacles);
  }

  /**
   * Something that processes could not be asked.
   *
   * @param question what it was; worth saying once, whichever processes it is about
   * @param rightMissing whether a right of ours would be the answer; else someone forbids it to all
   * @param message one sentence for the user: what is missed and what mends it
   */
  public record Obstacle(Question question, boolean rightMissing, String message) {}

  /** What is asked of a process. */
  public enum Question {
    EXECUTABLE,
    ENVIRONMENT,
    LISTENING_SOCKETS
  }
}
