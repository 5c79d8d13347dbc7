// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

/** A refusal by the kernel or by libbpf: what was tried, why it failed, and what helps. */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String operation;
  private final int errno;
  private final String detail;
  private final String mend;

  /**
   * @param operation what was tried, for example {@code loading program http_server_start}
   * @param errno the error number; 0 if no system call failed
   * @param detail what the verifier or libbpf said last; empty if nothing
   * @param mend what the user can do; empty if unknown
   */
  public BpfException(String operation, int errno, String detail, String mend) {
    super(message(operation, errno, detail, mend));
    this.operation = operation;
    this.errno = errno;
    this.detail = detail;
    this.mend = mend;
  }

  /** With the mend that fits the error number in general. */
  static BpfException of(String operation, int errno, String detail) {
    return new BpfException(operation, errno, detail, Mends.forErrno(errno));
  }

  private static String message(String operation, int errno, String detail, String mend) {
    var message = new StringBuilder(operation).append(" failed");
    if (errno != 0) {
      message.append(": ").append(Errno.name(errno));
    }
    if (!detail.isEmpty()) {
      message.append(detail.indexOf('\n') < 0 ? ": " : "\n").append(detail.stripTrailing());
    }
    if (!mend.isEmpty()) {
      message.append(detail.indexOf('\n') < 0 ? "; " : "\n").append("mend: ").append(mend);
    }
    return message.toString();
  }

  /** What was tried. */
  public String operation() {
    return operation;
  }

  /** The error number; 0 if no system call failed. */
  public int errno() {
    return errno;
  }

  /** The last words of the verifier or of libbpf; may be empty. */
  public String detail() {
    return detail;
  }

  /** What the user can do; may be empty. */
  public String mend() {
    return mend;
  }
}
