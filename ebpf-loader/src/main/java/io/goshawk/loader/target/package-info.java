/**
 * Finding the processes to trace: the process table of the machine, which of them a user means, the
 * identity of the binary they run and the facts that describe them to a backend.
 *
 * <p>Start reading at {@link io.goshawk.loader.target.ProcessTable}. Everything here only reads
 * {@code /proc}, and takes its root as an argument. Processes come and go while they are being
 * looked at, so every answer is an outcome, not an exception.
 */
@NullMarked
package io.goshawk.loader.target;

import org.jspecify.annotations.NullMarked;
