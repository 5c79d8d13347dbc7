// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.file;

import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.pipeline.BatchExporter;
import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.telemetry.EncodedBatch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Writes each batch as one line of OTLP/JSON, piece by piece to the operating system.
 *
 * <p>When a line cannot be written, its spans are refused and the file is cut back to the last
 * whole line, so that it can be read whatever happened; later batches are tried again, since a full
 * disk may have room by then.
 */
public final class FileExporter implements BatchExporter {
  /** Stands for standard output. */
  public static final String STDOUT = "-";

  private final String target;
  private final Optional<Rotation> rotation;
  private FileChannel channel;
  // Standard output is the process's: it is never closed, nor cut back, since what was in a file
  // before it was appended to is not ours.
  private final boolean own;
  private OutputStream out;
  private final OtlpJsonWriter json = new OtlpJsonWriter();

  private FileExporter(
      String target, FileChannel channel, boolean own, Optional<Rotation> rotation) {
    this.target = target;
    this.rotation = rotation;
    this.channel = channel;
    this.own = own;
    this.out = Channels.newOutputStream(channel);
  }

  /**
   * Opens a file, or standard output for {@value #STDOUT}.
   *
   * @param append go on with what is there, instead of in its place
   * @param createFolder make the file's folder if there is none
   * @param rotation when another file is begun
   * @throws IOException with the file and the mend in its message
   */
  @SuppressWarnings("resource") // the exporter closes it, or it is standard output
  public static FileExporter open(
      String target, boolean append, boolean createFolder, Optional<Rotation> rotation)
      throws IOException {
    if (target.equals(STDOUT)) {
      return new FileExporter(
          "standard output",
          new FileOutputStream(FileDescriptor.out).getChannel(),
          false,
          Optional.empty());
    }
    return new FileExporter(target, OutputFile.open(target, append, createFolder), true, rotation);
  }

  @Override
  public ExportOutcome export(EncodedBatch batch) throws InterruptedException {
    long lineStart = position();
    try {
      json.writeLine(batch, out);
      return rotateIfDue();
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

  /** The spans are written: that no other file can be begun is only a warning. */
  private ExportOutcome rotateIfDue() {
    if (rotation.isEmpty() || position() < rotation.get().maxBytes()) {
      return ExportOutcome.ACCEPTED;
    }
    try {
      rotation.get().rotate(Path.of(target));
      FileChannel next = OutputFile.open(target, false, false);
      channel.close();
      channel = next;
      out = Channels.newOutputStream(next);
      return ExportOutcome.ACCEPTED;
    } catch (IOException e) {
      return new ExportOutcome.Accepted(
          0, "no other file could be begun, so this one grows: " + e.getMessage());
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
