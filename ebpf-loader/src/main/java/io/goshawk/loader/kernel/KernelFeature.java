// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

/**
 * Something that tracing needs or profits from, and whether this machine has it.
 *
 * @param name what it is, for example {@code kernel BTF}
 * @param found whether it is there
 * @param required whether nothing can be traced without it
 * @param detail what was found, or why it counts as missing
 * @param mend what the user can do about it, or what is lost without it; empty when found
 */
public record KernelFeature(
    String name, boolean found, boolean required, String detail, String mend) {

  static KernelFeature found(String name, boolean required, String detail) {
    return new KernelFeature(name, true, required, detail, "");
  }

  static KernelFeature missing(String name, boolean required, String detail, String mend) {
    return new KernelFeature(name, false, required, detail, mend);
  }
}
