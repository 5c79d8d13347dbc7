package io.goshawk.collector.cli;

/** Where {@code bin/goshawk} enters. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(0);
  }
}
