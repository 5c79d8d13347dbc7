package io.goshawk.loader.elf;

/** Bytes of a file that contradict its format. */
public final class MalformedFileException extends Exception {

  private final long offset;
  private final String reason;

  /**
   * @param offset where in the file, in bytes
   * @param reason what is wrong there
   */
  public MalformedFileException(long offset, String reason) {
    super(reason + " (file offset 0x" + Long.toHexString(offset) + ")");
    this.offset = offset;
    this.reason = reason;
  }

  /** Where in the file, in bytes. */
  public long offset() {
    return offset;
  }

  /** What is wrong there, without the offset. */
  public String reason() {
    return reason;
  }
}
