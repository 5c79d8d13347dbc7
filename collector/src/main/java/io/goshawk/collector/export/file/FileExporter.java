// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.file;

import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.pipeline.TraceExporter;
import io.goshawk.spans.otlp.SpanBatch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;

/**
 * Writes each batch as one line of OTLP/JSON, piece by piece to the operating system.
 *
 * <p>When a line cannot be written, its spans are refused and the file is cut back to the last
 * whole line, so that it can be read whatever happened; later batches are tried again, since a full
 * disk may have room by then.
 */
public final class FileExporter implements TraceExporter {
  /** Stands for standard output. */
  public static final String STDOUT = "-";

  private final String name;
  private final String target;
  private final FileChannel channel;
  // Standard output is the process's: it is never closed, nor cut back, since what was in a file
  // before it was appended to is not ours.
  private final boolean own;
  private final OutputStream out;
  private final OtlpJsonWriter json = new OtlpJsonWriter();

  private FileExporter(String name, String target, FileChannel channel, boolean own) {
    this.name = name;
    this.target = target;
    this.channel = channel;
    this.own = own;
    this.out = Channels.newOutputStream(channel);
  }

  /** {@link #open(String, String)} under the name {@code file}. */
  public static FileExporter open(String target) throws IOException {
    return open("file", target);
  }

  /**
   * Opens a new file, for its owner alone, in place of what was there, or standard output for
   * {@value #STDOUT}.
   *
   * @param name of the exporter, in the log and in the books
   * @throws IOException with the file and the mend in its message
   */
  @SuppressWarnings("resource") // the exporter closes it, or it is standard output
  public static FileExporter open(String name, String target) throws IOException {
    if (target.equals(STDOUT)) {
      return new FileExporter(
          name, "standard output", new FileOutputStream(FileDescriptor.out).getChannel(), false);
    }
    return new FileExporter(name, target, OutputFile.open(target), true);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ExportOutcome export(SpanBatch batch) throws InterruptedException {
    long lineStart = position();
    try {
      json.writeLine(batch, out);
      return ExportOutcome.ACCEPTED;
    } catch (ClosedByInterruptException e) {
      // Into a pipe that nobody empties: the time to shut down is over.
      throw new InterruptedException();
    } catch (IOException e) {
      return new ExportOutcome.Refused(
          "cannot write "
              + target
              + ": "
              + e.getMessage()
              + cutBack(lineStart)
              + "; free space or choose another output");
    } catch (RuntimeException | Error e) {
      cutBack(lineStart);
      throw e;
    }
  }

  /** Where the line begins, or -1 where nothing can be cut back: a pipe, a terminal, not ours. */
  private long position() {
    try {
      return own ? channel.position() : -1;
    } catch (IOException e) {
      return -1;
    }
  }

  private String cutBack(long lineStart) {
    if (lineStart < 0) {
      return "";
    }
    try {
      channel.truncate(lineStart);
      return "";
    } catch (IOException e) {
      return ", and the incomplete last line could not be removed: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    if (!own) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("cannot close " + target + ": " + e.getMessage(), e);
    }
  }
}
