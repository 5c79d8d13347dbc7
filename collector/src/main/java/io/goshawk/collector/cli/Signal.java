// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A signal sent to this process.
 *
 * <p>A shutdown hook would do for ending, but it does not say which signal came, and {@code
 * capture} has to hand the same one on. {@code sun.misc.Signal} does; it is reached by reflection
 * because the compiler warns of any use of it and warnings are errors here.
 *
 * @param name without SIG
 * @param number as Linux counts them
 */
record Signal(String name, int number) {

  static final Signal INT = new Signal("INT", 2);

  static final Signal TERM = new Signal("TERM", 15);

  static final Signal USR1 = new Signal("USR1", 10);

  static final Signal URG = new Signal("URG", 23);

  static final Signal HUP = new Signal("HUP", 1);

  /** Those by which a user or a supervisor ends a program. */
  static final List<Signal> ENDING = List.of(INT, TERM, HUP);

  /** Whether this process was started with the signal ignored, as nohup does with SIGHUP. */
  boolean ignored() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("SigIgn:")) {
          long mask = Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16);
          return (mask >> (number - 1) & 1) != 0;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Calls the handler, on a thread of its own, each time the signal arrives. */
  void handle(Runnable handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler call =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  handler.run();
                  yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "goshawk's handler of SIG" + name;
              };
      Object proxy =
          Proxy.newProxyInstance(
              Signal.class.getClassLoader(), new Class<?>[] {signalHandler}, call);
      signal
          .getMethod("handle", signal, signalHandler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("SIG" + name + " cannot be handled", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java has no sun.misc.Signal", e);
    }
  }
}
