// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

/** An instruction set that Go compiles to and Goshawk decodes. */
public enum Architecture {
  AMD64,
  ARM64
}
