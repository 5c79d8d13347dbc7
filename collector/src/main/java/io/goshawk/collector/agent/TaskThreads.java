// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

/** Threads for tasks that may be held up: one for each, which ends with it and holds up nobody. */
final class TaskThreads {
  private TaskThreads() {}

  /**
   * Does a task on a thread of its own.
   *
   * @param name of the thread
   */
  static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }
}
